package io.portolan.operator.rollout;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision is made on.
 *
 * @param nodes all nodes of the ProxyConfig
 * @param update the revision that the spec asks for
 * @param baseline the revision that comes before it where nothing was ever good: every node is as
 *     it was, so that there is something to go back to; null when there is nothing before
 * @param state what was last written
 * @param gates what the user's queries say; empty while nothing rolls out
 */
public record RolloutView(
    List<NodeProgress> nodes,
    String update,
    @Nullable String baseline,
    RolloutState state,
    RolloutPolicy policy,
    Orders orders,
    List<ExternalGate> gates,
    Instant now) {
  public RolloutView {
    gates = List.copyOf(gates);
    nodes = List.copyOf(nodes);
  }

  /** The revision to come to next. */
  String aim() {
    return baseline != null && state.good() == null ? baseline : update;
  }
}
