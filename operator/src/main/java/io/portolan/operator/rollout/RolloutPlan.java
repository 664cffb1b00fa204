package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What to do now, in this order; {@link Execution} does it.
 *
 * @param fences nodes that were handed out and will not be moved: their NodeProxies must get a new
 *     version
 * @param template the revision whose Pod shape the DaemonSet must have
 * @param state what must be written before the first move
 * @param moves the nodes that get a revision now
 * @param failed names of the nodes that did not become ready in time, sorted
 * @param nextCheck when the answer changes by time alone
 * @param preview what a rollout would do, while it is only tried dry
 */
public record RolloutPlan(
    List<String> fences,
    String template,
    RolloutState state,
    List<Move> moves,
    Phase phase,
    List<String> failed,
    Optional<Duration> nextCheck,
    Optional<Preview> preview) {
  public RolloutPlan {
    fences = List.copyOf(fences);
    moves = List.copyOf(moves);
    failed = List.copyOf(failed);
  }

  /** The same, told as what comes before a takeover. */
  RolloutPlan before() {
    return phase instanceof Phase.Progressing progressing
        ? new RolloutPlan(
            fences,
            template,
            state,
            moves,
            new Phase.Progressing(
                "before the takeover, every node as it was: " + progressing.message()),
            failed,
            nextCheck,
            preview)
        : this;
  }

  /** Whether a target goes further than before because its gate let it. */
  boolean passes(RolloutState before) {
    return before.good() != null
        && Objects.equals(before.target(), state.target())
        && (state.wave() > before.wave() || !before.good().equals(state.good()));
  }
}
