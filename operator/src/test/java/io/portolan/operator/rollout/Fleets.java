package io.portolan.operator.rollout;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Nodes, policies and views for tests of the planner. */
final class Fleets {
  static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  static final Duration TIMEOUT = Duration.ofMinutes(5);
  static final Duration LONG = Duration.ofMinutes(6);
  static final Duration SOAK = Duration.ofMinutes(1);
  static final Probe UNMEASURED = new Probe.NotMeasured("nobody asks");
  static final Probe.Bounds BOUNDS = new Probe.Bounds(1, Duration.ofMillis(100));
  static final String OLD = "c-old";
  static final String NEW = "c-new";

  /** OLD is good, NEW is asked for since an hour. */
  static final RolloutState BEGUN =
      new RolloutState(OLD, NEW, NOW.minusSeconds(3600), 0, null, List.of(), null, null, List.of());

  private Fleets() {}

  static RolloutPolicy policy(int budget, Wave... afterCanary) {
    var waves = new ArrayList<Wave>(List.of(new Wave.Canary(1, null)));
    waves.addAll(List.of(afterCanary));
    waves.add(new Wave.Rest());
    return new RolloutPolicy(
        false,
        false,
        new Amount(budget, false),
        waves,
        SOAK,
        SOAK,
        false,
        true,
        TIMEOUT,
        List.of(),
        Fleets.BOUNDS);
  }

  static RolloutPlan plan(List<NodeProgress> nodes, RolloutState state, RolloutPolicy policy) {
    return plan(nodes, state, policy, Orders.NONE, NOW);
  }

  static RolloutPlan plan(
      List<NodeProgress> nodes,
      RolloutState state,
      RolloutPolicy policy,
      Orders orders,
      Instant now) {
    return RolloutPlanner.plan(
        new RolloutView(nodes, NEW, null, state, policy, orders, List.of(), now));
  }

  /** The same, where the revision {@link #OLD} is the baseline of what is asked for. */
  static RolloutPlan planTakeover(
      List<NodeProgress> nodes, RolloutState state, RolloutPolicy policy) {
    return RolloutPlanner.plan(
        new RolloutView(nodes, NEW, OLD, state, policy, Orders.NONE, List.of(), NOW));
  }

  /** Everything is well; only a gate of the user's says something. */
  static RolloutPlan plan(List<NodeProgress> nodes, RolloutState state, ExternalGate gate) {
    return RolloutPlanner.plan(
        new RolloutView(nodes, NEW, null, state, policy(1), Orders.NONE, List.of(gate), NOW));
  }

  /** Nodes a, b, c, ... that are well. */
  static List<NodeProgress> wellAt(String revision, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> well(String.valueOf((char) ('a' + i)), revision))
        .toList();
  }

  static NodeProgress well(String name, String revision) {
    return node(name, "", revision, true, true, Duration.ZERO);
  }

  static NodeProgress inZone(String name, String zone, String revision) {
    return node(name, zone, revision, true, true, Duration.ZERO);
  }

  static NodeProgress ill(String name, @Nullable String revision, Duration waiting) {
    return node(name, "", revision, false, true, waiting);
  }

  static NodeProgress unreachable(String name, String revision, Duration waiting) {
    return node(name, "", revision, true, false, waiting);
  }

  static List<NodeProgress> with(List<NodeProgress> nodes, NodeProgress... others) {
    var all = new ArrayList<>(nodes);
    for (NodeProgress other : others) {
      all.removeIf(n -> n.node().equals(other.node()));
      all.add(other);
    }
    return all;
  }

  static NodeProgress excused(NodeProgress node) {
    return new NodeProgress(
        node.node(),
        node.labels(),
        node.assigned(),
        node.ours(),
        true,
        node.reachable(),
        node.health());
  }

  static NodeProgress foreign(NodeProgress node) {
    return new NodeProgress(
        node.node(), node.labels(), node.assigned(), false, false, node.reachable(), node.health());
  }

  static NodeProgress troubled(NodeProgress node, Optional<String> trouble, Probe probe) {
    NodeHealth h = node.health();
    return new NodeProgress(
        node.node(),
        node.labels(),
        node.assigned(),
        node.ours(),
        false,
        node.reachable(),
        new NodeHealth(
            h.running(),
            h.agentReady(),
            h.agentCurrent(),
            h.waiting(),
            Duration.ofSeconds(10),
            trouble,
            probe,
            h.words()));
  }

  private static NodeProgress node(
      String name,
      String zone,
      @Nullable String revision,
      boolean well,
      boolean reachable,
      Duration waiting) {
    return new NodeProgress(
        name,
        Map.of("topology.kubernetes.io/zone", zone, "name", name),
        revision,
        true,
        false,
        reachable,
        new NodeHealth(
            well,
            well,
            true,
            waiting,
            NodeHealth.NEVER_DISTURBED,
            Optional.empty(),
            Fleets.UNMEASURED,
            well ? "" : "its own words"));
  }
}
