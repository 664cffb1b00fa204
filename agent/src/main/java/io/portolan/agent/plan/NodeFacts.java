package io.portolan.agent.plan;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.util.List;

/**
 * What the plan needs to know of the node itself.
 *
 * @param nodePortAddresses addresses on which NodePorts answer, both families, sorted
 * @param podRanges sources that count as Pods, both families, sorted by text; a family without a
 *     range: traffic of Pods cannot be told from other traffic, and nothing sent to a ClusterIP is
 *     masqueraded for its source
 * @param masqueradeAll masquerade everything that is sent to a ClusterIP
 */
public record NodeFacts(List<Ip> nodePortAddresses, List<Cidr> podRanges, boolean masqueradeAll) {
  /** Nothing is known yet. */
  public static final NodeFacts NONE = new NodeFacts(List.of(), List.of(), false);
}
