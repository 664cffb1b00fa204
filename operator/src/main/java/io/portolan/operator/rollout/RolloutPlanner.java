package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All nodes at once, within {@code maxUnavailable}.
 *
 * <p>The algorithm has no memory: everything it needs is in the nodes, so that any leader may go on
 * where another stopped. With {@code budget = max(1, maxUnavailable of all nodes)}:
 *
 * <ol>
 *   <li>A node that never had a revision moves at once: it serves nothing yet.
 *   <li>A node that is behind and unavailable anyway moves at once: there is nothing to lose, and
 *       the new revision may be its cure.
 *   <li>Healthy nodes that are behind move, by name, while there is room: {@code room = budget -
 *       used - min(unreachable, budget - 1)}. {@code used} counts the reachable nodes that are
 *       unavailable for any reason: just moved, failed, broken by something else. Unreachable nodes
 *       (node not Ready) take room as well, but never the last place: a dead machine must not hold
 *       up the fleet for ever.
 *   <li>A reachable node that was moved and has not become ready for {@code nodeTimeout} has
 *       failed. It keeps its place in {@code used}, so that a bad revision stops after {@code
 *       budget} nodes. A new revision moves it by rule 2.
 *   <li>While paused nothing moves, except that a node that never had a revision gets the last good
 *       one, if there is one: pausing a change must not leave a new node without a proxy.
 * </ol>
 *
 * <p>Hence at any time at most {@code budget} nodes are unavailable because of a change, and when
 * every moved node becomes ready, each call either moves a node or waits for one: it ends.
 */
public final class RolloutPlanner {
  private RolloutPlanner() {}

  /**
   * The next moves.
   *
   * @param nodes all nodes of the ProxyConfig
   * @param update the revision they must come to
   * @param lastGood the last revision that every node took, if there was one
   */
  public static RolloutPlan plan(
      Collection<NodeProgress> nodes,
      String update,
      @Nullable String lastGood,
      RolloutPolicy policy) {
    List<NodeProgress> all =
        nodes.stream().sorted(Comparator.comparing(NodeProgress::node)).toList();
    if (all.isEmpty()) {
      return new RolloutPlan(List.of(), new Phase.Idle(), List.of(), Optional.empty());
    }
    List<NodeProgress> pending = filter(all, n -> n.at(update) && n.reachable() && !n.available());
    List<NodeProgress> failed =
        filter(pending, n -> n.waiting().compareTo(policy.nodeTimeout()) >= 0);
    List<Move> moves = policy.paused() ? whilePaused(all, lastGood) : moves(all, update, policy);
    return new RolloutPlan(
        moves,
        phase(all, update, policy, moves, pending.size(), failed.size()),
        failed.stream().map(NodeProgress::node).toList(),
        pending.stream()
            .map(n -> policy.nodeTimeout().minus(n.waiting()))
            .filter(Duration::isPositive)
            .min(Comparator.naturalOrder()));
  }

  private static List<Move> whilePaused(List<NodeProgress> all, @Nullable String lastGood) {
    return lastGood == null
        ? List.of()
        : all.stream()
            .filter(n -> n.assigned() == null)
            .map(n -> new Move(n.node(), lastGood))
            .toList();
  }

  private static List<Move> moves(List<NodeProgress> all, String update, RolloutPolicy policy) {
    int budget = policy.maxUnavailable().of(all.size());
    int unreachable = filter(all, n -> !n.reachable()).size();
    int used = filter(all, n -> n.reachable() && !n.available()).size();
    int room = Math.max(0, budget - used - Math.min(unreachable, budget - 1));
    var moves = new ArrayList<Move>();
    for (NodeProgress node : filter(all, n -> !n.at(update))) {
      boolean nothingToLose = node.assigned() == null || !node.available();
      if (nothingToLose || room > 0) {
        moves.add(new Move(node.node(), update));
        room -= nothingToLose ? 0 : 1;
      }
    }
    return moves;
  }

  private static Phase phase(
      List<NodeProgress> all,
      String update,
      RolloutPolicy policy,
      List<Move> moves,
      int pending,
      int failed) {
    int total = all.size();
    int behind = filter(all, n -> !n.at(update)).size();
    int done = filter(all, n -> n.at(update) && n.available()).size();
    if (policy.paused() && behind > 0) {
      return new Phase.Paused(behind, total);
    }
    if (failed > 0 && failed == pending && moves.isEmpty()) {
      return new Phase.Failed(failed, done, total);
    }
    if (behind > 0 || pending > 0) {
      return new Phase.Progressing(done, total);
    }
    return new Phase.Complete(total, total - done);
  }

  private static List<NodeProgress> filter(
      List<NodeProgress> nodes, Predicate<NodeProgress> which) {
    return nodes.stream().filter(which).toList();
  }
}
