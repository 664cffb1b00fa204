package io.portolan.agent.sync;

import io.portolan.agent.plan.AffinityRule;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.TrafficRule;
import io.portolan.agent.service.Cidr;
import io.portolan.api.v1alpha1.Affinity;
import io.portolan.api.v1alpha1.Conntrack;
import io.portolan.api.v1alpha1.DetectLocal;
import io.portolan.api.v1alpha1.DetectLocalMode;
import io.portolan.api.v1alpha1.GoDuration;
import io.portolan.api.v1alpha1.LogLevel;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.Settings;
import io.portolan.api.v1alpha1.Traffic;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator asks of this node, read from {@code NodeProxy.spec}.
 *
 * @param generation {@code metadata.generation} of the NodeProxy
 * @param removed everything of ours shall leave the kernel
 * @param mode never {@code AUTO}: that is already decided
 * @param minInterval least time between two writes to the kernel
 * @param auditInterval time between two comparisons with the kernel
 */
public record Orders(
    long generation,
    String revision,
    boolean removed,
    Mode mode,
    TrafficRule traffic,
    AffinityRule affinity,
    Duration minInterval,
    Duration auditInterval,
    @Nullable Conntrack conntrack,
    LogLevel logLevel) {

  /**
   * Reads a spec.
   *
   * @throws IllegalArgumentException when a field cannot be understood; the message names it
   */
  public static Orders of(long generation, NodeProxySpec spec) {
    Settings settings = spec.settings();
    Affinity affinity = settings.affinity();
    return new Orders(
        generation,
        spec.revision(),
        spec.state() == NodeState.REMOVED,
        Mode.NFTABLES,
        traffic(settings.traffic()),
        new AffinityRule(
            seconds("affinity.timeout", affinity.timeout(), Duration.ofHours(3)),
            seconds("affinity.maxTimeout", affinity.maxTimeout(), Duration.ofHours(24))),
        duration("sync.minInterval", settings.sync().minInterval(), Duration.ZERO),
        duration("sync.auditInterval", settings.sync().auditInterval(), Duration.ofMinutes(5)),
        settings.conntrack(),
        settings.logLevel());
  }

  static Duration duration(String field, @Nullable String text, Duration otherwise) {
    try {
      return text == null ? otherwise : GoDuration.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(field + ": " + e.getMessage(), e);
    }
  }

  private static TrafficRule traffic(Traffic traffic) {
    DetectLocal detect = traffic.detectLocal();
    List<String> nodePorts = traffic.nodePortAddresses();
    List<String> addresses = nodePorts == null ? List.of("primary") : nodePorts;
    return new TrafficRule(
        detect == null ? null : pods(detect),
        Boolean.TRUE.equals(traffic.masqueradeAll()),
        addresses.contains("primary"),
        ranges(
            "traffic.nodePortAddresses",
            addresses.stream().filter(word -> !word.equals("primary")).toList()),
        !Boolean.FALSE.equals(traffic.localhostNodePorts()));
  }

  private static @Nullable PodSources pods(DetectLocal detect) {
    List<String> ranges = detect.clusterCIDRs();
    DetectLocalMode mode = detect.mode();
    return switch (mode == null ? DetectLocalMode.NODE_CIDR : mode) {
      case CLUSTER_CIDR ->
          new PodSources.Ranges(
              ranges("traffic.detectLocal.clusterCIDRs", ranges == null ? List.of() : ranges)
                  .stream()
                  .sorted(Comparator.comparing(Cidr::toString))
                  .toList());
      case BRIDGE_INTERFACE ->
          new PodSources.Interfaces(
              given("traffic.detectLocal.bridgeInterface", detect.bridgeInterface()), false);
      case INTERFACE_NAME_PREFIX ->
          new PodSources.Interfaces(
              given("traffic.detectLocal.interfaceNamePrefix", detect.interfaceNamePrefix()), true);
      case NONE -> PodSources.UNKNOWN;
      case NODE_CIDR -> null;
    };
  }

  private static String given(String field, @Nullable String name) {
    if (name == null || name.isEmpty()) {
      throw new IllegalArgumentException(field + ": the mode needs the name of an interface");
    }
    return name;
  }

  private static List<Cidr> ranges(String field, List<String> texts) {
    try {
      return texts.stream().map(Cidr::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(field + ": " + e.getMessage(), e);
    }
  }

  private static int seconds(String field, @Nullable String text, Duration otherwise) {
    return Math.toIntExact(
        Math.clamp(duration(field, text, otherwise).toSeconds(), 1, Integer.MAX_VALUE));
  }
}
