package io.portolan.agent.vectors;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.TrafficRule;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@code config} of a case, with the changes of the steps so far.
 *
 * @param labels of the node, the zone among them
 * @param pods how Pods are told; null: by {@code podRanges}
 */
record NodeConfig(
    String nodeName,
    List<Ip> nodeIps,
    Map<String, String> labels,
    List<Cidr> podRanges,
    @Nullable PodSources pods,
    boolean masqueradeAll,
    List<Cidr> nodePortAddresses,
    boolean localhostNodePorts,
    List<Cidr> serviceRanges) {
  private static final String ZONE = "topology.kubernetes.io/zone";

  /** Interface of the node that leads to Pods, where a case does not name it. */
  private static final String BRIDGE = "cbr0";

  private static final String PREFIX = "veth";

  static final NodeConfig DEFAULT =
      new NodeConfig(
          "test-node",
          List.of(Ip.parse("192.168.0.2")),
          Map.of(),
          List.of(),
          PodSources.UNKNOWN,
          false,
          List.of(),
          true,
          List.of());

  /** This configuration with the fields that are there. */
  NodeConfig with(Fields f) {
    var changed =
        new NodeConfig(
            f.text("nodeName", nodeName),
            f.has("nodeIPs") ? f.texts("nodeIPs", Ip::parse) : nodeIps,
            labels(f),
            f.has("podCIDRs") ? f.texts("podCIDRs", Cidr::parse) : podRanges,
            f.raw("detectLocal") == null ? pods : pods(f.fields("detectLocal")),
            f.flag("masqueradeAll", masqueradeAll),
            f.has("nodePortAddresses")
                ? f.texts("nodePortAddresses", Cidr::parse)
                : nodePortAddresses,
            f.flag("localhostNodePorts", localhostNodePorts),
            f.has("serviceCIDRs") ? f.texts("serviceCIDRs", Cidr::parse) : serviceRanges);
    f.end();
    return changed;
  }

  private Map<String, String> labels(Fields f) {
    Object zone = f.raw("zone");
    if (f.has("nodeLabels")) {
      var all = new LinkedHashMap<String, String>();
      Fields given = f.fieldsOrNone("nodeLabels");
      given.keys().forEach(key -> all.put(key, given.text(key)));
      return Map.copyOf(all);
    }
    if (!f.has("zone")) {
      return labels;
    }
    String name = zone == null ? "" : f.text("zone");
    return name.isEmpty() ? Map.of() : Map.of(ZONE, name);
  }

  private static @Nullable PodSources pods(Fields f) {
    String mode = f.text("mode");
    PodSources pods =
        switch (mode) {
          case "ClusterCIDR" ->
              new PodSources.Ranges(
                  f.texts("clusterCIDRs", Cidr::parse).stream()
                      .sorted(Comparator.comparing(Cidr::toString))
                      .toList());
          case "NodeCIDR" -> null;
          case "BridgeInterface" ->
              new PodSources.Interfaces(f.text("bridgeInterface", BRIDGE), false);
          case "InterfaceNamePrefix" ->
              new PodSources.Interfaces(f.text("interfaceNamePrefix", PREFIX), true);
          case "None" -> PodSources.UNKNOWN;
          default -> throw f.bad("mode", "unknown value " + mode);
        };
    f.end();
    return pods;
  }

  /** Every address of the node is one for NodePorts, unless ranges are given. */
  NodeConfig everywhere() {
    return nodePortAddresses.isEmpty()
        ? new NodeConfig(
            nodeName,
            nodeIps,
            labels,
            podRanges,
            pods,
            masqueradeAll,
            List.of(Cidr.parse("0.0.0.0/0"), Cidr.parse("::/0")),
            localhostNodePorts,
            serviceRanges)
        : this;
  }

  /**
   * What production reads from the settings.
   *
   * @param primaryByDefault whether the mode serves NodePorts on the primary addresses alone, where
   *     no range is given
   * @param loopback whether the mode can serve NodePorts on loopback
   */
  TrafficRule rule(boolean primaryByDefault, boolean loopback) {
    return new TrafficRule(
        pods,
        masqueradeAll,
        primaryByDefault && nodePortAddresses.isEmpty(),
        nodePortAddresses,
        loopback && localhostNodePorts);
  }

  /** The node's object in the API. */
  Node node() {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(nodeName)
        .withLabels(labels)
        .endMetadata()
        .withNewSpec()
        .withPodCIDRs(podRanges.stream().map(Cidr::toString).toList())
        .endSpec()
        .withNewStatus()
        .withAddresses(
            nodeIps.stream()
                .map(
                    ip ->
                        new io.fabric8.kubernetes.api.model.NodeAddressBuilder()
                            .withType("InternalIP")
                            .withAddress(ip.toString())
                            .build())
                .toList())
        .endStatus()
        .build();
  }

  /**
   * The interface by which packets from Pods reach the node; a prefix is made a name of this
   * number.
   */
  String podInterface(int number) {
    return pods instanceof PodSources.Interfaces some
        ? some.prefix() ? some.name() + number : some.name()
        : "pod" + number;
  }
}
