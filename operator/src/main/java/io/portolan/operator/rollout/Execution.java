package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Carries plans out, in the one order that is safe for a leader that may end, or be replaced, after
 * any single write:
 *
 * <ol>
 *   <li>Where a wave is to pass: see that the caches are not behind the API server. A cache that
 *       hears nothing shows a canary that is well for ever.
 *   <li>Fence the nodes that were handed out and will not be moved, so that writes on older
 *       versions of them fail.
 *   <li>Bring the DaemonSet's template to its revision; that moves no Pod.
 *   <li>Write the state, on the version that the plan was made on. From here the nodes that it
 *       names may be moved, by this leader or the next.
 *   <li>Move them, each on the version that was seen; among themselves they have no order.
 * </ol>
 *
 * <p>Where a write is refused because something changed, the rest waits for a new look.
 */
public final class Execution {
  /** Enough that one pass hands out what there is room for in most fleets. */
  private static final int ROUNDS = 20;

  /** Nodes that one run moves at most: what is reported after it must not wait for more. */
  private static final int MOST = 50;

  private static final Duration SOON = Duration.ofSeconds(1);

  private Execution() {}

  /**
   * What the cluster offers. Each write tells whether it was done; false: something has changed.
   */
  public interface Hands {
    /** What there is, own writes included. */
    RolloutView look();

    /** Whether the API server, asked anew, says of these nodes what the last look showed. */
    boolean current(Set<String> nodes);

    /** Gives a node's NodeProxy a new version. */
    boolean fence(String node);

    /** Gives the DaemonSet the Pod shape of a revision, if it has another. */
    boolean shape(String revision);

    /** Writes what the plan says, if it differs from what is written. */
    boolean record(RolloutPlan plan);

    /** Gives nodes their revision, in any order or at once; true when every one was written. */
    boolean move(List<Move> moves);
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
    RolloutView view = hands.look();
    RolloutPlan plan = RolloutPlanner.plan(view);
    int moved = 0;
    for (int round = 0; round < ROUNDS; round++) {
      if ((plan.passes(view.state()) && !hands.current(members(view)))
          || !plan.fences().stream().allMatch(hands::fence)
          || !hands.shape(plan.template())
          || !hands.record(plan)) {
        return new Result(plan, Optional.of(SOON));
      }
      List<Move> moves = plan.moves().subList(0, Math.min(plan.moves().size(), MOST - moved));
      if (!hands.move(moves)) {
        return new Result(plan, Optional.of(SOON));
      }
      if (moves.isEmpty()) {
        return new Result(plan, plan.nextCheck());
      }
      moved += moves.size();
      if (moved == MOST) {
        return new Result(plan, Optional.of(Duration.ZERO));
      }
      view = hands.look();
      plan = RolloutPlanner.plan(view);
    }
    return new Result(plan, Optional.of(SOON));
  }

  private static Set<String> members(RolloutView view) {
    return view.nodes().stream()
        .filter(n -> n.has(view.state().target()))
        .map(NodeProgress::node)
        .collect(Collectors.toSet());
  }
}
