package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Nothing was ever good, so there is nothing to compare with and nothing to go back to: every node
 * comes to the target as in {@link Settle}. The target is good once nobody is waited for and more
 * than half of the reachable nodes are well at it; the others stay {@code failed} by name.
 *
 * <p>Where the target is the baseline of what the spec asks for, that one becomes the target in the
 * same plan: the baseline alone is never {@link Phase.Complete}.
 */
final class Establish {
  private Establish() {}

  static RolloutPlan plan(Situation s) {
    String target = s.view().aim();
    RolloutPlan plan = Settle.plan(s, target);
    boolean still = plan.phase() instanceof Phase.Complete || plan.phase() instanceof Phase.Failed;
    int reachable = s.count(NodeProgress::reachable);
    int well = s.count(n -> n.has(target) && n.available());
    boolean good = still && well * 2 > reachable;
    if (!target.equals(s.view().update())) {
      return good ? follow(s, target, plan) : plan.before();
    }
    return good
        ? RolloutPlanner.stage(new Situation(s.view(), s.state().proven(), plan.fences()))
        : plan;
  }

  /** Moves nobody yet: the gates are asked once there is something good. */
  private static RolloutPlan follow(Situation s, String baseline, RolloutPlan plan) {
    String update = s.view().update();
    return new RolloutPlan(
        plan.fences(),
        baseline,
        s.state().proven().towards(update, s.now()),
        List.of(),
        new Phase.Progressing("every node is watched and as it was; %s begins".formatted(update)),
        plan.failed(),
        Optional.of(Duration.ZERO),
        Optional.empty());
  }
}
