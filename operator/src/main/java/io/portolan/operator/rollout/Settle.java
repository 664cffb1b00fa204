package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Every node comes to a revision that has nothing to prove.
 *
 * <ol>
 *   <li>A node that never had a revision gets it at once: it serves nothing yet.
 *   <li>A node that has a revision which never became good gets it at once: that is the way back,
 *       in one step and bound by no budget.
 *   <li>A node that is behind and unavailable gets it next: there is nothing to lose.
 *   <li>The others that are behind (they come from another ProxyConfig, or were away) follow within
 *       the budget.
 * </ol>
 *
 * While paused only the first two go on.
 */
final class Settle {
  private Settle() {}

  static RolloutPlan plan(Situation s, String goal) {
    RolloutState before = s.state();
    RolloutState state = before;
    var fences = new ArrayList<>(s.fences());
    var moves = new ArrayList<Move>();
    if (!s.policy().paused() || state.good() != null) {
      s.where(NodeProgress::fresh).forEach(n -> moves.add(new Move(n.node(), goal, false)));
    }
    if (state.good() != null) {
      s.where(n -> astray(n, before, goal))
          .forEach(n -> moves.add(new Move(n.node(), goal, false)));
    }
    List<NodeProgress> handed = s.outstanding();
    if (!handed.isEmpty() && (s.policy().paused() || !goal.equals(state.movingTo()))) {
      fences.addAll(Situation.names(handed));
      state = state.hands(List.of(), goal);
    } else if (!handed.isEmpty()) {
      moves.addAll(s.moves(s.next(handed, handed.size()), goal));
    } else if (!s.policy().paused()) {
      List<NodeProgress> next =
          s.next(
              s.where(n -> !n.fresh() && !n.has(goal) && !astray(n, before, goal)),
              Integer.MAX_VALUE);
      if (!next.isEmpty()) {
        state = state.hands(Situation.names(next), goal);
        moves.addAll(s.moves(next, goal));
      }
    }
    return plan(s, goal, fences, state, moves);
  }

  private static boolean astray(NodeProgress node, RolloutState state, String goal) {
    return state.good() != null
        && node.ours()
        && !node.has(goal)
        && state.unproven(node.assigned());
  }

  private static RolloutPlan plan(
      Situation s, String goal, List<String> fences, RolloutState state, List<Move> moves) {
    Duration timeout = s.policy().nodeTimeout();
    List<NodeProgress> pending = s.where(n -> n.has(goal) && n.reachable() && !n.available());
    List<NodeProgress> failed =
        pending.stream().filter(n -> n.waiting().compareTo(timeout) >= 0).toList();
    Phase phase = phase(s, goal, moves, pending.size(), failed);
    boolean over = phase instanceof Phase.Complete && !state.moving().isEmpty();
    return new RolloutPlan(
        fences,
        goal,
        over ? state.hands(List.of(), goal) : state,
        moves,
        phase,
        failed.stream().map(NodeProgress::node).sorted().toList(),
        pending.stream()
            .map(n -> timeout.minus(n.waiting()))
            .filter(Duration::isPositive)
            .min(Comparator.naturalOrder()),
        Optional.empty());
  }

  private static Phase phase(
      Situation s, String goal, List<Move> moves, int pending, List<NodeProgress> failed) {
    int total = s.total();
    int behind = s.count(n -> !n.has(goal));
    int done = s.count(n -> n.has(goal) && n.available());
    if (s.policy().paused() && behind > 0) {
      return new Phase.Paused(
          "%d of %d nodes wait for spec.rollout.paused to become false".formatted(behind, total));
    }
    if (!failed.isEmpty() && failed.size() == pending && moves.isEmpty()) {
      return new Phase.Failed(
          "%d nodes did not become ready in time; %d of %d done"
              .formatted(failed.size(), done, total));
    }
    return behind > 0 || pending > 0
        ? new Phase.Progressing("%d of %d nodes done".formatted(done, total))
        : new Phase.Complete(total, total - done);
  }
}
