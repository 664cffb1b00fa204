package io.portolan.operator.rollout;

import java.util.List;
import java.util.Optional;

/**
 * The state of a fleet in, the next moves out.
 *
 * <ol>
 *   <li>No node: nothing to do. Dry run: tell what would be done, do nothing but give new nodes the
 *       last good revision.
 *   <li>The spec asks for another revision than before: what was handed out and not written is
 *       fenced, the rollout begins anew; nodes that have the one before are its first candidates.
 *       Where nothing was ever good and there is a baseline, that one is asked for first.
 *   <li>A failed target tries again when the annotation {@code portolan.io/retry} differs from that
 *       at the failure, and, where it is taken back, once no node has it any more.
 *   <li>Then by stage: {@link Establish} while nothing was ever good; {@link Settle} when the
 *       target is the good one; {@link Retreat} when it failed, or standing still; {@link Advance}
 *       else.
 * </ol>
 *
 * <p>The decision rests on the view alone, so any leader comes to the same one; {@link Execution}
 * tells in what order it is carried out, so that two of them do no harm.
 */
public final class RolloutPlanner {
  private RolloutPlanner() {}

  /** The next moves. */
  public static RolloutPlan plan(RolloutView view) {
    var s = new Situation(view, view.state(), List.of());
    if (view.nodes().isEmpty()) {
      return s.still(view.state(), view.update(), new Phase.Idle());
    }
    boolean retreating = view.state().failure() != null && view.policy().rollback();
    if (view.policy().dryRun() && !retreating && !view.update().equals(view.state().good())) {
      return dry(s);
    }
    if (!view.policy().dryRun() && !view.aim().equals(view.state().target())) {
      s =
          new Situation(
              view, view.state().towards(view.aim(), s.now()), Situation.names(s.outstanding()));
    }
    return stage(s);
  }

  /** The plan for a state that may be new. */
  static RolloutPlan stage(Situation s) {
    RolloutState state = s.state();
    if (state.good() == null) {
      return Establish.plan(s);
    }
    if (state.good().equals(state.target())) {
      return Settle.plan(s, state.good());
    }
    Failure failure = state.failure();
    if (failure == null) {
      return Advance.plan(s);
    }
    boolean back = s.policy().rollback();
    boolean gone = s.count(n -> n.has(state.target())) == 0;
    String retry = s.view().orders().retry();
    if (retry != null && !retry.equals(failure.retry()) && (gone || !back)) {
      return Advance.plan(new Situation(s.view(), state.again(back, s.now()), s.fences()));
    }
    return back ? Retreat.plan(s) : stopped(s, failure);
  }

  private static RolloutPlan stopped(Situation s, Failure failure) {
    RolloutPolicy policy = s.policy();
    String good = s.state().good();
    return new RolloutPlan(
        s.fences(),
        failure.revision(),
        s.state(),
        good == null ? List.of() : s.moves(s.where(NodeProgress::fresh), good),
        new Phase.Failed(
            "%s: %s: %s".formatted(failure.revision(), failure.node(), failure.message())),
        s
            .where(
                n ->
                    n.has(failure.revision())
                        && !n.available()
                        && n.waiting().compareTo(policy.nodeTimeout()) >= 0)
            .stream()
            .map(NodeProgress::node)
            .sorted()
            .toList(),
        Optional.empty(),
        Optional.empty());
  }

  private static RolloutPlan dry(Situation s) {
    RolloutState state = s.state();
    String good = state.good();
    Preview preview = Preview.of(s);
    boolean started = s.count(n -> n.has(state.target())) > 0;
    String target = state.target();
    return new RolloutPlan(
        List.of(),
        started && target != null ? target : good != null ? good : s.view().update(),
        state,
        good == null ? List.of() : s.moves(s.where(NodeProgress::fresh), good),
        new Phase.DryRun(
            "%s would move %d nodes in %d waves, in %d minutes or more; spec.rollout.dryRun is true"
                .formatted(
                    preview.revision(),
                    preview.waves().stream().mapToInt(Preview.Step::nodes).sum(),
                    preview.waves().size(),
                    (preview.least().toSeconds() + 59) / 60)),
        List.of(),
        Optional.empty(),
        Optional.of(preview));
  }
}
