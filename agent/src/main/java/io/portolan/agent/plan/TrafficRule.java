package io.portolan.agent.plan;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the settings ask to tell and translate traffic.
 *
 * @param podRangesOfNode Pods are known by the ranges of the Node object
 * @param podRanges further ranges that count as Pods
 * @param masqueradeAll masquerade everything that is sent to a ClusterIP
 * @param primary NodePorts answer on the node's first InternalIP of each family
 * @param nodePortRanges NodePorts also answer on every local address in one of these
 */
public record TrafficRule(
    boolean podRangesOfNode,
    List<Cidr> podRanges,
    boolean masqueradeAll,
    boolean primary,
    List<Cidr> nodePortRanges) {

  /** As the settings are when nobody wrote any. */
  public static final TrafficRule DEFAULT =
      new TrafficRule(true, List.of(), false, true, List.of());

  /**
   * The facts of a node under this rule.
   *
   * @param local the addresses of the node's interfaces
   */
  public NodeFacts facts(NodeAddresses node, List<Ip> local) {
    Set<Ip> nodePorts = new TreeSet<>();
    if (primary) {
      node.internal().stream()
          .filter(ip -> nodePorts.stream().noneMatch(known -> known.family() == ip.family()))
          .forEach(nodePorts::add);
    }
    local.stream()
        .filter(ip -> nodePortRanges.stream().anyMatch(range -> range.contains(ip)))
        .forEach(nodePorts::add);
    Set<Cidr> pods = new TreeSet<>(Comparator.comparing(Cidr::toString));
    pods.addAll(podRanges);
    if (podRangesOfNode) {
      pods.addAll(node.podRanges());
    }
    return new NodeFacts(List.copyOf(nodePorts), List.copyOf(pods), masqueradeAll);
  }
}
