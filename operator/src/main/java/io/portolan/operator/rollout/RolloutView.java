package io.portolan.operator.rollout;

import java.time.Instant;
import java.util.List;

/**
 * All that a decision is made on.
 *
 * @param nodes all nodes of the ProxyConfig
 * @param update the revision that the spec asks for
 * @param state what was last written
 * @param gates what the user's queries say; empty while nothing rolls out
 */
public record RolloutView(
    List<NodeProgress> nodes,
    String update,
    RolloutState state,
    RolloutPolicy policy,
    Orders orders,
    List<ExternalGate> gates,
    Instant now) {
  public RolloutView {
    gates = List.copyOf(gates);
    nodes = List.copyOf(nodes);
  }
}
