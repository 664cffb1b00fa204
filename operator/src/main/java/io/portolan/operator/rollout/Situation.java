package io.portolan.operator.rollout;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The nodes in their order, and what may be taken of them.
 *
 * <p>The order: the first node of each zone by name, then the second of each, and so on, so that a
 * wave meets every zone, and the same nodes each time. Room for nodes that still serve: {@code
 * budget - used - min(unreachable, budget - 1)}, where the budget is {@code maxUnavailable} of all
 * nodes, at least 1; {@code used} counts the reachable nodes that are unavailable for any reason.
 * Unreachable nodes take places as well, but never the last one: a dead machine must not hold up
 * the fleet for ever.
 */
final class Situation {
  private final RolloutView view;
  private final RolloutState state;
  private final List<String> fences;
  private final List<NodeProgress> nodes;

  /**
   * @param state what holds now, be it that it is not written yet
   * @param fences nodes that the step to this state leaves behind
   */
  Situation(RolloutView view, RolloutState state, List<String> fences) {
    this.view = view;
    this.state = state;
    this.fences = fences;
    this.nodes = ordered(view.nodes());
  }

  private static List<NodeProgress> ordered(List<NodeProgress> nodes) {
    record Ranked(int rank, NodeProgress node) {}
    var ranks = new HashMap<String, Integer>();
    return nodes.stream()
        .sorted(Comparator.comparing(NodeProgress::node))
        .map(n -> new Ranked(ranks.merge(n.zone(), 1, Integer::sum), n))
        .toList()
        .stream()
        .sorted(Comparator.comparingInt(Ranked::rank).thenComparing(r -> r.node().zone()))
        .map(Ranked::node)
        .toList();
  }

  RolloutView view() {
    return view;
  }

  RolloutState state() {
    return state;
  }

  /** Now, as the state can keep it. */
  Instant now() {
    return view.now().truncatedTo(ChronoUnit.MILLIS);
  }

  RolloutPolicy policy() {
    return view.policy();
  }

  List<String> fences() {
    return fences;
  }

  int total() {
    return nodes.size();
  }

  List<NodeProgress> where(Predicate<NodeProgress> which) {
    return nodes.stream().filter(which).toList();
  }

  int count(Predicate<NodeProgress> which) {
    return (int) nodes.stream().filter(which).count();
  }

  int budget() {
    return policy().maxUnavailable().of(total());
  }

  int room() {
    int unreachable = count(n -> !n.reachable());
    int used = count(n -> n.reachable() && !n.available() && !n.fresh());
    return Math.max(0, budget() - used - Math.min(unreachable, budget() - 1));
  }

  /** Nodes that were handed out and have not been written, in the order they were named. */
  List<NodeProgress> outstanding() {
    if (state.moving().isEmpty()) {
      return List.of();
    }
    var named = Set.copyOf(state.moving());
    return where(n -> named.contains(n.node()) && !n.fresh() && !n.has(state.movingTo()));
  }

  /**
   * The next of these nodes to hand out: those that are unavailable anyway, and as many others as
   * there is room for, at most {@link RolloutState#BATCH}.
   */
  List<NodeProgress> next(List<NodeProgress> candidates, int most) {
    int room = room();
    int size = Math.min(most, RolloutState.BATCH);
    var taken = new ArrayList<NodeProgress>();
    for (NodeProgress node : candidates) {
      if (taken.size() == size) {
        break;
      }
      if (!node.available()) {
        taken.add(node);
      } else if (room > 0) {
        room--;
        taken.add(node);
      }
    }
    return taken;
  }

  /** The moves of these nodes, and whether the revision may be blamed for what becomes of them. */
  List<Move> moves(List<NodeProgress> which, String revision) {
    return which.stream()
        .map(n -> new Move(n.node(), revision, !n.available() && !state.unproven(n.assigned())))
        .toList();
  }

  static List<String> names(List<NodeProgress> nodes) {
    return nodes.stream().map(NodeProgress::node).toList();
  }

  /** The first of them by name, for a person. */
  static String some(List<NodeProgress> nodes) {
    List<String> names = nodes.stream().map(NodeProgress::node).sorted().toList();
    return String.join(", ", names.subList(0, Math.min(3, names.size())))
        + (names.size() > 3 ? ", ..." : "");
  }

  /** What is planned where nothing moves. */
  RolloutPlan still(RolloutState next, String template, Phase phase) {
    return new RolloutPlan(
        fences, template, next, List.of(), phase, List.of(), Optional.empty(), Optional.empty());
  }
}
