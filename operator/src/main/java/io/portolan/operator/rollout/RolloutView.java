package io.portolan.operator.rollout;

import java.time.Instant;
import java.util.List;

/**
 * All that a decision is made on.
 *
 * @param nodes all nodes of the ProxyConfig
 * @param update the revision that the spec asks for
 * @param state what was last written
 */
public record RolloutView(
    List<NodeProgress> nodes,
    String update,
    RolloutState state,
    RolloutPolicy policy,
    Orders orders,
    Instant now) {
  public RolloutView {
    nodes = List.copyOf(nodes);
  }
}
