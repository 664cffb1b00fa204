package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.Optional;

/**
 * Carries plans out, in the one order that is safe for a leader that may end, or be replaced, after
 * any single write:
 *
 * <ol>
 *   <li>Fence the nodes that were handed out and will not be moved, so that writes on older
 *       versions of them fail.
 *   <li>Bring the DaemonSet's template to its revision; that moves no Pod.
 *   <li>Write the state, on the version that the plan was made on. From here the nodes that it
 *       names may be moved, by this leader or the next.
 *   <li>Move them, each on the version that was seen.
 * </ol>
 *
 * <p>Where a write is refused because something changed, the rest waits for a new look.
 */
public final class Execution {
  /** Enough that one pass hands out what there is room for in most fleets. */
  private static final int ROUNDS = 20;

  private static final Duration SOON = Duration.ofSeconds(1);

  private Execution() {}

  /**
   * What the cluster offers. Each write tells whether it was done; false: something has changed.
   */
  public interface Hands {
    /** What there is, own writes included. */
    RolloutView look();

    /** Gives a node's NodeProxy a new version. */
    boolean fence(String node);

    /** Gives the DaemonSet the Pod shape of a revision, if it has another. */
    boolean shape(String revision);

    /** Writes what the plan says, if it differs from what is written. */
    boolean record(RolloutPlan plan);

    /** Gives a node its revision. */
    boolean move(Move move);
  }

  /**
   * How it went.
   *
   * @param plan the last one
   * @param again when to look again even if nothing happens
   */
  public record Result(RolloutPlan plan, Optional<Duration> again) {}

  /** Plans and acts until nothing is left to do now. */
  public static Result run(Hands hands) {
    RolloutPlan plan = RolloutPlanner.plan(hands.look());
    for (int round = 0; round < ROUNDS; round++) {
      if (!plan.fences().stream().allMatch(hands::fence)
          || !hands.shape(plan.template())
          || !hands.record(plan)) {
        return new Result(plan, Optional.of(SOON));
      }
      boolean done = true;
      for (Move move : plan.moves()) {
        done &= hands.move(move);
      }
      if (!done) {
        return new Result(plan, Optional.of(SOON));
      }
      if (plan.moves().isEmpty()) {
        return new Result(plan, plan.nextCheck());
      }
      plan = RolloutPlanner.plan(hands.look());
    }
    return new Result(plan, Optional.of(SOON));
  }
}
