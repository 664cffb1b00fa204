package io.portolan.agent.plan;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How the settings ask to tell and translate traffic.
 *
 * @param pods how Pods are known; null: by the ranges of the Node object
 * @param masqueradeAll masquerade everything that is sent to a ClusterIP
 * @param primary NodePorts answer on the node's first InternalIP of each family
 * @param nodePortRanges NodePorts also answer on every local address in one of these; without a
 *     range of a family, and without {@code primary}, on all addresses of that family
 * @param loopback NodePorts also answer on 127.0.0.1, where {@code nodePortRanges} admits it; only
 *     some modes can do that
 */
public record TrafficRule(
    @Nullable PodSources pods,
    boolean masqueradeAll,
    boolean primary,
    List<Cidr> nodePortRanges,
    boolean loopback) {
  private static final Ip LOOPBACK = Ip.parse("127.0.0.1");

  /** As the settings are when nobody wrote any. */
  public static final TrafficRule DEFAULT = new TrafficRule(null, false, true, List.of(), true);

  /** Whether {@link #facts} depends on the addresses of the node's interfaces. */
  public boolean followsInterfaces() {
    return !primary || !nodePortRanges.isEmpty();
  }

  /**
   * The facts of a node under this rule.
   *
   * @param local the addresses of the node's interfaces, without those that no other host can reach
   * @param serviceRanges where ClusterIPs come from
   */
  public NodeFacts facts(OwnNode node, Collection<Ip> local, Collection<Cidr> serviceRanges) {
    List<Ip> first = node.primary();
    var nodePorts = new TreeSet<Ip>();
    if (primary) {
      nodePorts.addAll(first);
    }
    for (IpFamily family : IpFamily.values()) {
      boolean silent = nodePortRanges.stream().noneMatch(r -> r.base().family() == family);
      if (!(primary && silent)) {
        var wanted = new NodePortAddresses(family, nodePortRanges);
        local.stream().filter(wanted::contains).forEach(nodePorts::add);
        if (loopback && wanted.containsIpv4Loopback()) {
          nodePorts.add(LOOPBACK);
        }
      }
    }
    return new NodeFacts(
        first,
        List.copyOf(nodePorts),
        pods == null ? new PodSources.Ranges(sorted(node.podRanges())) : pods,
        masqueradeAll,
        sorted(serviceRanges));
  }

  private static List<Cidr> sorted(Collection<Cidr> ranges) {
    return ranges.stream().distinct().sorted(Comparator.comparing(Cidr::toString)).toList();
  }
}
