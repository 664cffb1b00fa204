package io.portolan.operator.rollout;

/**
 * Nothing was ever good, so there is nothing to compare with and nothing to go back to: every node
 * comes to the target as in {@link Settle}. The target is good once nobody is waited for and more
 * than half of the reachable nodes are well at it; the others stay {@code failed} by name.
 */
final class Establish {
  private Establish() {}

  static RolloutPlan plan(Situation s) {
    String target = s.view().update();
    RolloutPlan plan = Settle.plan(s, target);
    boolean still = plan.phase() instanceof Phase.Complete || plan.phase() instanceof Phase.Failed;
    int reachable = s.count(NodeProgress::reachable);
    int well = s.count(n -> n.has(target) && n.available());
    return still && well * 2 > reachable
        ? RolloutPlanner.stage(new Situation(s.view(), s.state().proven(), plan.fences()))
        : plan;
  }
}
