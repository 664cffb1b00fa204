package io.portolan.operator.rollout;

import java.util.Objects;

/**
 * The target failed: every node that has it, or another revision that never became good, goes back
 * at once ({@link Settle} to the last good one). The way back is watched as well: a node that is
 * not well in {@code nodeTimeout} is named.
 */
final class Retreat {
  private Retreat() {}

  static RolloutPlan plan(Situation s) {
    String good = Objects.requireNonNull(s.state().good());
    Failure why = Objects.requireNonNull(s.state().failure());
    RolloutPlan back = Settle.plan(s, good);
    boolean away = back.phase() instanceof Phase.Progressing || !back.moves().isEmpty();
    String cause = "%s: %s: %s".formatted(why.revision(), why.node(), why.message());
    Phase phase =
        away
            ? new Phase.RollingBack("back to %s, for %s".formatted(good, cause))
            : new Phase.RolledBack(
                back.failed().size(),
                "%s; every node was given %s again%s"
                    .formatted(
                        cause,
                        good,
                        back.failed().isEmpty()
                            ? ""
                            : ", but %d nodes did not recover".formatted(back.failed().size())));
    return new RolloutPlan(
        back.fences(),
        good,
        back.state(),
        back.moves(),
        phase,
        back.failed(),
        back.nextCheck(),
        back.preview());
  }
}
