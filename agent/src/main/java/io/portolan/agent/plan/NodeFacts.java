package io.portolan.agent.plan;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.util.List;

/**
 * What the plan needs to know of the node itself.
 *
 * @param primaryAddresses the node's first address of each family, sorted
 * @param nodePortAddresses addresses on which NodePorts answer, both families, sorted
 * @param pods how packets of Pods are told; where they cannot be told, nothing sent to a ClusterIP
 *     is masqueraded for its source
 * @param masqueradeAll masquerade everything that is sent to a ClusterIP
 * @param serviceRanges the ranges that ClusterIPs come from, both families, sorted by text: what is
 *     sent to an unused address of them is dropped
 */
public record NodeFacts(
    List<Ip> primaryAddresses,
    List<Ip> nodePortAddresses,
    PodSources pods,
    boolean masqueradeAll,
    List<Cidr> serviceRanges) {
  /** Nothing is known yet. */
  public static final NodeFacts NONE =
      new NodeFacts(List.of(), List.of(), PodSources.UNKNOWN, false, List.of());
}
