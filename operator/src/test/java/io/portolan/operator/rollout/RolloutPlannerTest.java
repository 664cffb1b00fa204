package io.portolan.operator.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RolloutPlannerTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final Duration LONG = Duration.ofMinutes(6);
  private static final String OLD = "c-old";
  private static final String NEW = "c-new";

  @Test
  @DisplayName("nothing to do is Idle without nodes, Complete with nodes that run the revision")
  void nothingToDo() {
    assertThat(plan(List.of(), 1).phase()).isInstanceOf(Phase.Idle.class);
    RolloutPlan done = plan(List.of(well("a", NEW), well("b", NEW)), 1);
    assertThat(done.phase()).isEqualTo(new Phase.Complete(2, 0));
    assertThat(done.moves()).isEmpty();
    assertThat(done.nextCheck()).isEmpty();
  }

  @Test
  @DisplayName("nodes that never had a revision all move at once")
  void firstTime() {
    var nodes = IntStream.range(0, 20).mapToObj(i -> ill("n" + i, null, Duration.ZERO)).toList();
    assertThat(plan(nodes, 1).moves()).hasSize(20);
  }

  @Test
  @DisplayName("healthy nodes move by name, no more than maxUnavailable")
  void budget() {
    var nodes = List.of(well("c", OLD), well("a", OLD), well("b", OLD));
    RolloutPlan plan = plan(nodes, 2);
    assertThat(plan.moves()).containsExactly(new Move("a", NEW), new Move("b", NEW));
    assertThat(plan.phase()).isEqualTo(new Phase.Progressing(0, 3));
  }

  @Test
  @DisplayName("a node in flight takes a place, one that is unavailable anyway moves besides")
  void unavailable() {
    var inFlight = List.of(ill("a", NEW, Duration.ofSeconds(1)), well("b", OLD));
    assertThat(plan(inFlight, 1).moves()).isEmpty();
    assertThat(plan(inFlight, 2).moves()).containsExactly(new Move("b", NEW));
    assertThat(plan(inFlight, 1).nextCheck()).contains(TIMEOUT.minusSeconds(1));
    var broken = List.of(ill("a", OLD, LONG), well("b", OLD));
    assertThat(plan(broken, 1).moves()).containsExactly(new Move("a", NEW));
  }

  @Test
  @DisplayName("a node that is not ready in time has failed, is named, and keeps its place")
  void failed() {
    var nodes = List.of(ill("a", NEW, LONG), well("b", OLD), well("c", NEW));
    RolloutPlan plan = plan(nodes, 1);
    assertThat(plan.failed()).containsExactly("a");
    assertThat(plan.moves()).isEmpty();
    assertThat(plan.phase()).isEqualTo(new Phase.Failed(1, 1, 3));
    assertThat(plan(nodes, 2).moves()).containsExactly(new Move("b", NEW));
    assertThat(plan(nodes, 2).phase()).isInstanceOf(Phase.Progressing.class);
  }

  @Test
  @DisplayName("nodes that are not Ready take places, but never the last one")
  void unreachable() {
    var nodes =
        new ArrayList<>(IntStream.range(0, 5).mapToObj(i -> unreachable("dead" + i, NEW)).toList());
    nodes.add(well("x", OLD));
    nodes.add(well("y", OLD));
    assertThat(plan(nodes, 1).moves()).containsExactly(new Move("x", NEW));
    assertThat(plan(nodes, 3).moves()).containsExactly(new Move("x", NEW));
    assertThat(plan(nodes, 7).moves()).hasSize(2);
    assertThat(plan(nodes, 1).failed()).isEmpty();
    var others = List.of(unreachable("dead", NEW), well("x", NEW));
    assertThat(plan(others, 1).phase()).isEqualTo(new Phase.Complete(2, 1));
  }

  @Test
  @DisplayName("paused moves nothing, but gives new nodes the last good revision")
  void paused() {
    var policy = new RolloutPolicy(true, new Amount(1, false), TIMEOUT);
    var nodes = List.of(well("a", OLD), ill("new", null, Duration.ZERO));
    RolloutPlan plan = RolloutPlanner.plan(nodes, NEW, OLD, policy);
    assertThat(plan.moves()).containsExactly(new Move("new", OLD));
    assertThat(plan.phase()).isEqualTo(new Phase.Paused(2, 2));
    assertThat(RolloutPlanner.plan(nodes, NEW, null, policy).moves()).isEmpty();
  }

  @Test
  @DisplayName("a node whose agent has the wrong shape is behind, whatever its revision")
  void podShape() {
    var node = new NodeProgress("a", NEW, true, true, false, true, Duration.ZERO);
    assertThat(plan(List.of(node), 1).moves()).containsExactly(new Move("a", NEW));
  }

  @Test
  @DisplayName("a percentage rounds down, and one node may always move")
  void amounts() {
    assertThat(Amount.of(new IntOrString("25%")).of(7)).isEqualTo(1);
    assertThat(Amount.of(new IntOrString("10%")).of(40)).isEqualTo(4);
    assertThat(Amount.of(new IntOrString("1%")).of(3)).isEqualTo(1);
    assertThat(Amount.of(new IntOrString("100%")).of(2_000_000_000)).isEqualTo(2_000_000_000);
    assertThat(Amount.of(new IntOrString(0)).of(3)).isEqualTo(1);
    assertThat(Amount.of(null).of(50)).isEqualTo(5);
  }

  @Property
  @Label("never more than the budget of healthy nodes is in flight, and the rollout ends")
  void boundedAndEnds(
      @ForAll @IntRange(min = 1, max = 40) int count,
      @ForAll @IntRange(min = 1, max = 12) int budget,
      @ForAll long seed) {
    var random = new Random(seed);
    var simulated = new Simulated(count, random);
    int steps = 0;
    for (RolloutPlan plan = simulated.plan(budget);
        !(plan.phase() instanceof Phase.Complete);
        plan = simulated.plan(budget)) {
      simulated.carryOut(plan);
      assertThat(simulated.healthyInFlight()).isLessThanOrEqualTo(budget);
      simulated.letAgentsAnswer();
      assertThat(++steps).as("steps").isLessThanOrEqualTo(20 * count + 20);
    }
  }

  @Property
  @Label("a revision that no node can take stops after the budget, and is called failed")
  void badRevisionStops(
      @ForAll @IntRange(min = 2, max = 40) int count,
      @ForAll @IntRange(min = 1, max = 12) int budget) {
    var nodes = new ArrayList<NodeProgress>();
    IntStream.range(0, count).forEach(i -> nodes.add(well("n%02d".formatted(i), OLD)));
    for (int pass = 0; pass < 2 * count; pass++) {
      for (Move move : plan(nodes, budget).moves()) {
        nodes.replaceAll(n -> n.node().equals(move.node()) ? ill(n.node(), NEW, LONG) : n);
      }
    }
    RolloutPlan end = plan(nodes, budget);
    assertThat(end.phase()).isInstanceOf(Phase.Failed.class);
    assertThat(end.failed()).hasSize(Math.min(budget, count));
  }

  private static RolloutPlan plan(List<NodeProgress> nodes, int budget) {
    return RolloutPlanner.plan(
        nodes, NEW, OLD, new RolloutPolicy(false, new Amount(budget, false), TIMEOUT));
  }

  private static NodeProgress well(String name, String revision) {
    return new NodeProgress(name, revision, true, true, true, true, Duration.ZERO);
  }

  private static NodeProgress ill(String name, @Nullable String revision, Duration waiting) {
    return new NodeProgress(name, revision, false, true, true, true, waiting);
  }

  private static NodeProgress unreachable(String name, String revision) {
    return new NodeProgress(name, revision, false, false, true, false, LONG);
  }

  /** Nodes of every kind; agents that answer after a while. */
  private static final class Simulated {
    private final List<NodeProgress> nodes = new ArrayList<>();
    private final List<String> healthyMoved = new ArrayList<>();
    private final Random random;

    Simulated(int count, Random random) {
      this.random = random;
      for (int i = 0; i < count; i++) {
        String name = "n%02d".formatted(i);
        nodes.add(
            switch (random.nextInt(8)) {
              case 0 -> ill(name, null, Duration.ZERO);
              case 1 -> ill(name, OLD, LONG);
              case 2 -> unreachable(name, OLD);
              case 3 -> ill(name, NEW, Duration.ofSeconds(1));
              default -> well(name, OLD);
            });
      }
    }

    RolloutPlan plan(int budget) {
      return RolloutPlannerTest.plan(nodes, budget);
    }

    void carryOut(RolloutPlan plan) {
      for (Move move : plan.moves()) {
        nodes.replaceAll(
            n -> {
              if (!n.node().equals(move.node())) {
                return n;
              }
              if (n.available()) {
                healthyMoved.add(n.node());
              }
              return new NodeProgress(
                  n.node(),
                  move.revision(),
                  false,
                  n.agentReady(),
                  true,
                  n.reachable(),
                  Duration.ofSeconds(1));
            });
      }
    }

    long healthyInFlight() {
      return nodes.stream().filter(n -> healthyMoved.contains(n.node()) && !n.available()).count();
    }

    void letAgentsAnswer() {
      boolean[] one = {false};
      nodes.replaceAll(
          n -> {
            boolean pending = NEW.equals(n.assigned()) && n.reachable() && !n.available();
            if (!pending || (one[0] && random.nextBoolean())) {
              return n;
            }
            one[0] = true;
            return well(n.node(), NEW);
          });
    }
  }
}
