package io.portolan.operator.rollout;

import static io.portolan.operator.rollout.Fleets.BEGUN;
import static io.portolan.operator.rollout.Fleets.LONG;
import static io.portolan.operator.rollout.Fleets.NEW;
import static io.portolan.operator.rollout.Fleets.NOW;
import static io.portolan.operator.rollout.Fleets.OLD;
import static io.portolan.operator.rollout.Fleets.SOAK;
import static io.portolan.operator.rollout.Fleets.TIMEOUT;
import static io.portolan.operator.rollout.Fleets.excused;
import static io.portolan.operator.rollout.Fleets.foreign;
import static io.portolan.operator.rollout.Fleets.ill;
import static io.portolan.operator.rollout.Fleets.inZone;
import static io.portolan.operator.rollout.Fleets.plan;
import static io.portolan.operator.rollout.Fleets.planTakeover;
import static io.portolan.operator.rollout.Fleets.policy;
import static io.portolan.operator.rollout.Fleets.unreachable;
import static io.portolan.operator.rollout.Fleets.well;
import static io.portolan.operator.rollout.Fleets.wellAt;
import static io.portolan.operator.rollout.Fleets.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.portolan.api.v1alpha1.NodeSelector;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The rollout planner")
class RolloutPlannerTest {
  private static final Orders HURRY = new Orders(null, NEW, null);
  private static final RolloutState SOAKED = BEGUN.soaking(NOW.minus(SOAK));

  @Test
  @DisplayName("without nodes is Idle; the first revision goes to all at once and is then good")
  void firstTime() {
    assertThat(plan(List.of(), RolloutState.NONE, policy(1)).phase())
        .isInstanceOf(Phase.Idle.class);
    var fresh = List.of(ill("a", null, Duration.ZERO), ill("b", null, Duration.ZERO));
    RolloutPlan first = plan(fresh, RolloutState.NONE, policy(1));
    assertThat(first.moves()).extracting(Move::node).containsExactly("a", "b");
    assertThat(first.template()).isEqualTo(NEW);
    RolloutPlan done = plan(wellAt(NEW, 2), first.state(), policy(1));
    assertThat(done.phase()).isEqualTo(new Phase.Complete(2, 0));
    assertThat(done.state().good()).isEqualTo(NEW);
  }

  @Test
  @DisplayName("one broken node of the first revision is named, and keeps the others from nothing")
  void firstTimeWithOneBroken() {
    var nodes = with(wellAt(NEW, 3), ill("b", NEW, LONG));
    RolloutPlan plan = plan(nodes, RolloutState.NONE.towards(NEW, NOW), policy(1));
    assertThat(plan.state().good()).isEqualTo(NEW);
    assertThat(plan.failed()).containsExactly("b");
    assertThat(plan.phase()).isInstanceOf(Phase.Failed.class);
  }

  @Test
  @DisplayName(
      "a baseline goes to all at once, is never complete, and then the canary of what is asked for")
  void baseline() {
    var fresh = List.of(ill("a", null, Duration.ZERO), ill("b", null, Duration.ZERO));
    RolloutPlan first = planTakeover(fresh, RolloutState.NONE, policy(1));
    assertThat(first.moves())
        .extracting(Move::node, Move::revision)
        .containsExactly(tuple("a", OLD), tuple("b", OLD));
    assertThat(first.phase().message()).startsWith("before the takeover");

    RolloutPlan good = planTakeover(wellAt(OLD, 2), first.state(), policy(1));
    assertThat(good.state().good()).isEqualTo(OLD);
    assertThat(good.state().target()).isEqualTo(NEW);
    assertThat(good.moves()).as("gates are asked first").isEmpty();
    assertThat(good.phase()).isInstanceOf(Phase.Progressing.class);
    assertThat(good.nextCheck()).contains(Duration.ZERO);

    RolloutPlan canary = planTakeover(wellAt(OLD, 2), good.state(), policy(1));
    assertThat(canary.moves()).containsExactly(new Move("a", NEW, false));
    RolloutPlan back = planTakeover(with(wellAt(OLD, 2), ill("a", NEW, LONG)), BEGUN, policy(1));
    assertThat(back.state().failure()).isNotNull();
    assertThat(back.moves()).containsExactly(new Move("a", OLD, false));
  }

  @Test
  @DisplayName(
      "a baseline takes nodes that another revision never served; one that is ill is named")
  void baselineAfterFailure() {
    var nodes = with(wellAt(OLD, 3), ill("b", NEW, LONG));
    RolloutState failed = RolloutState.NONE.towards(NEW, NOW);
    assertThat(planTakeover(nodes, failed, policy(1)).moves())
        .containsExactly(new Move("b", OLD, false));
    RolloutPlan good =
        planTakeover(
            with(nodes, ill("b", OLD, LONG)), RolloutState.NONE.towards(OLD, NOW), policy(1));
    assertThat(good.state().good()).isEqualTo(OLD);
    assertThat(good.failed()).containsExactly("b");
  }

  @Test
  @DisplayName("where something was good there is no baseline")
  void noBaseline() {
    RolloutState good = RolloutState.NONE.towards("c-0", NOW).proven();
    RolloutPlan plan = planTakeover(wellAt("c-0", 3), good, policy(1));
    assertThat(plan.moves()).containsExactly(new Move("a", NEW, false));
  }

  @Test
  @DisplayName("begins with the canary and names it in the state before it moves")
  void canary() {
    RolloutPlan plan = plan(wellAt(OLD, 5), BEGUN, policy(3));
    assertThat(plan.moves()).containsExactly(new Move("a", NEW, false));
    assertThat(plan.state().moving()).containsExactly("a");
    assertThat(plan.state().movingTo()).isEqualTo(NEW);
    assertThat(plan.template()).isEqualTo(NEW);
  }

  @Test
  @DisplayName("the next leader moves the nodes that were named, and no other")
  void namedNodes() {
    RolloutState named = BEGUN.hands(List.of("c"), NEW);
    RolloutPlan plan = plan(wellAt(OLD, 5), named, policy(3));
    assertThat(plan.moves()).containsExactly(new Move("c", NEW, false));
    assertThat(plan.state()).isEqualTo(named);
  }

  @Test
  @DisplayName("nodes that were named and will not move are fenced: other target, pause, failure")
  void fences() {
    RolloutState other =
        new RolloutState(OLD, "c-x", NOW, 0, null, List.of("c"), "c-x", null, List.of());
    RolloutPlan changed = plan(wellAt(OLD, 5), other, policy(1));
    assertThat(changed.fences()).containsExactly("c");
    assertThat(changed.state().unproven()).containsExactly("c-x");
    RolloutState named = BEGUN.hands(List.of("c"), NEW);
    assertThat(plan(wellAt(OLD, 5), named, paused(policy(1))).fences()).containsExactly("c");
    var failing = with(wellAt(OLD, 5), ill("a", NEW, LONG));
    assertThat(plan(failing, named, policy(1)).fences()).containsExactly("c");
  }

  @Test
  @DisplayName("a wave soaks from when it is well, and a disturbance begins the time anew")
  void soak() {
    var nodes = with(wellAt(OLD, 3), well("a", NEW));
    RolloutPlan begins = plan(nodes, BEGUN, policy(1));
    assertThat(begins.phase()).isInstanceOf(Phase.Soaking.class);
    assertThat(begins.state().soakSince()).isEqualTo(NOW);
    assertThat(begins.nextCheck()).contains(SOAK);
    assertThat(plan(nodes, SOAKED, policy(1)).moves()).extracting(Move::node).containsExactly("b");
    var disturbed =
        with(nodes, Fleets.troubled(well("a", NEW), Optional.empty(), Fleets.UNMEASURED));
    assertThat(plan(disturbed, SOAKED, policy(1)).nextCheck())
        .contains(SOAK.minus(Duration.ofSeconds(10)));
    assertThat(plan(nodes, BEGUN, policy(1), HURRY, NOW).moves()).hasSize(1);
  }

  @Test
  @DisplayName("waves by number, by zone, and the rest; empty ones are passed over without a soak")
  void waves() {
    var zones = policy(9, new Wave.Zones(Set.of("z")), new Wave.Share(new Amount(1, false)));
    var nodes =
        List.of(
            inZone("a", "y", NEW),
            inZone("b", "y", OLD),
            inZone("c", "z", OLD),
            inZone("d", "z", OLD));
    RolloutPlan zone = plan(nodes, SOAKED, zones);
    assertThat(zone.moves()).extracting(Move::node).containsExactly("c", "d");
    assertThat(zone.state().wave()).isEqualTo(1);
    var later = with(nodes, inZone("c", "z", NEW), inZone("d", "z", NEW));
    RolloutPlan rest = plan(later, zone.state().soaking(NOW.minus(SOAK)), zones);
    assertThat(rest.state().wave()).isEqualTo(3);
    assertThat(rest.moves()).extracting(Move::node).containsExactly("b");
  }

  @Test
  @DisplayName("the order takes the first node of each zone, then the second")
  void order() {
    var nodes =
        List.of(
            inZone("a1", "a", OLD),
            inZone("a2", "a", OLD),
            inZone("b1", "b", OLD),
            inZone("a0", "a", NEW));
    assertThat(plan(nodes, SOAKED, policy(9)).moves())
        .extracting(Move::node)
        .containsExactly("b1", "a1", "a2");
  }

  @Test
  @DisplayName("after the last soak the target is good")
  void complete() {
    RolloutPlan plan = plan(wellAt(NEW, 3), SOAKED.opens(1).soaking(NOW.minus(SOAK)), policy(1));
    assertThat(plan.phase()).isEqualTo(new Phase.Complete(3, 0));
    assertThat(plan.state().good()).isEqualTo(NEW);
  }

  @Test
  @DisplayName("maxUnavailable counts every ill node; used up by others it blocks and names them")
  void budget() {
    var nodes = with(wellAt(OLD, 5), well("a", NEW), ill("e", OLD, LONG));
    RolloutState rest = SOAKED.opens(1);
    assertThat(plan(nodes, rest, policy(2)).moves())
        .containsExactly(new Move("b", NEW, false), new Move("e", NEW, true));
    RolloutPlan blocked = plan(with(wellAt(OLD, 5), ill("e", OLD, LONG)), BEGUN, policy(1));
    assertThat(blocked.moves()).isEmpty();
    assertThat(blocked.phase()).isInstanceOf(Phase.Blocked.class);
    assertThat(blocked.phase().message()).contains("maxUnavailable (1)", "e");
  }

  @Test
  @DisplayName("unreachable nodes are not moved, and take places but never the last one")
  void unreachableNodes() {
    var nodes = with(wellAt(OLD, 5), well("a", NEW), unreachable("d", OLD, LONG));
    RolloutState rest = SOAKED.opens(1);
    assertThat(plan(nodes, rest, policy(1)).moves()).extracting(Move::node).containsExactly("b");
    assertThat(plan(nodes, rest, policy(3)).moves())
        .extracting(Move::node)
        .containsExactly("b", "c");
  }

  @Test
  @DisplayName("a node that fails sends every touched node back in the same plan, unbounded")
  void rollback() {
    var nodes = with(wellAt(NEW, 5), ill("b", NEW, LONG), well("e", OLD));
    RolloutPlan plan = plan(nodes, SOAKED.opens(1), policy(1));
    assertThat(plan.moves())
        .extracting(Move::node, Move::revision)
        .containsExactly(tuple("a", OLD), tuple("b", OLD), tuple("c", OLD), tuple("d", OLD));
    assertThat(plan.phase()).isInstanceOf(Phase.RollingBack.class);
    assertThat(plan.template()).isEqualTo(OLD);
    Failure failure = Objects.requireNonNull(plan.state().failure());
    assertThat(failure.node()).isEqualTo("b");
    assertThat(failure.message()).isEqualTo("its own words");

    RolloutPlan back = plan(wellAt(OLD, 5), plan.state(), policy(1));
    assertThat(back.phase()).isInstanceOf(Phase.RolledBack.class);
    assertThat(back.moves()).isEmpty();
    RolloutPlan lost = plan(with(wellAt(OLD, 5), ill("b", OLD, LONG)), plan.state(), policy(1));
    assertThat(lost.failed()).containsExactly("b");
    assertThat(lost.phase())
        .isInstanceOfSatisfying(Phase.RolledBack.class, p -> assertThat(p.lost()).isEqualTo(1));
  }

  @Test
  @DisplayName("a failed revision is tried again only by the annotation, once no node has it")
  void retry() {
    Failure failure = new Failure(NEW, "NodeNotReady", "a", "words", NOW, "1");
    RolloutState failed = BEGUN.failed(failure);
    var same = new Orders(null, null, "1");
    var other = new Orders(null, null, "2");
    assertThat(plan(wellAt(OLD, 3), failed, policy(1), same, NOW).moves()).isEmpty();
    RolloutPlan again = plan(wellAt(OLD, 3), failed, policy(1), other, NOW);
    assertThat(again.moves()).containsExactly(new Move("a", NEW, false));
    assertThat(again.state().failure()).isNull();
    var stillThere = with(wellAt(OLD, 3), well("b", NEW));
    assertThat(plan(stillThere, failed, policy(1), other, NOW).moves())
        .containsExactly(new Move("b", OLD, false));
  }

  @Test
  @DisplayName("what was before the retry is not held against it")
  void retryGivesTime() {
    RolloutState retried = BEGUN.again(false, NOW.minusSeconds(1));
    RolloutPlan plan = plan(with(wellAt(OLD, 3), ill("a", NEW, LONG)), retried, policy(1));
    assertThat(plan.phase()).isInstanceOf(Phase.Progressing.class);
    assertThat(plan.nextCheck()).contains(TIMEOUT.minusSeconds(1));
  }

  @Test
  @DisplayName("a node that was ill before is not to blame, unless there is no other")
  void excusedNodes() {
    var nodes = with(wellAt(NEW, 3), excused(ill("c", NEW, LONG)), well("d", OLD));
    assertThat(plan(nodes, SOAKED.opens(1), policy(2)).state().failure()).isNull();
    var alone = with(wellAt(OLD, 3), excused(ill("a", NEW, LONG)));
    assertThat(plan(alone, BEGUN, policy(1)).state().failure()).isNotNull();
  }

  @Test
  @DisplayName("a spec that comes back to the good revision returns every node in one step")
  void changeBack() {
    RolloutState middle =
        new RolloutState(NEW, OLD, NOW, 1, null, List.of(), null, null, List.of());
    var nodes = with(wellAt(OLD, 4), well("d", NEW));
    RolloutPlan plan = plan(nodes, middle, policy(1));
    assertThat(plan.moves()).extracting(Move::node).containsExactly("a", "b", "c");
    assertThat(plan.moves()).extracting(Move::revision).containsOnly(NEW);
  }

  @Test
  @DisplayName("another target takes the nodes of the one before first; ill ones beside it go back")
  void changeInTheMiddle() {
    RolloutState middle =
        new RolloutState(OLD, "c-x", NOW, 1, null, List.of(), null, null, List.of());
    var nodes = with(wellAt(OLD, 5), well("c", "c-x"), ill("d", "c-x", LONG));
    RolloutPlan plan = plan(nodes, middle, policy(2));
    assertThat(plan.state().wave()).isZero();
    assertThat(plan.moves())
        .containsExactlyInAnyOrder(new Move("c", NEW, false), new Move("d", OLD, false));
  }

  @Test
  @DisplayName("new nodes get the good revision; nodes of another ProxyConfig do within the budget")
  void newNodes() {
    var nodes = with(wellAt(OLD, 2), well("a", NEW), ill("n", null, Duration.ZERO));
    assertThat(plan(nodes, BEGUN, policy(1)).moves()).containsExactly(new Move("n", OLD, false));
    assertThat(plan(nodes, SOAKED.opens(1), policy(1)).moves()).contains(new Move("n", NEW, false));
    var taken = with(wellAt(OLD, 2), foreign(well("x", "o-1")), foreign(well("y", "o-1")));
    assertThat(plan(taken, BEGUN, policy(1)).moves()).containsExactly(new Move("x", OLD, false));
  }

  @Test
  @DisplayName("paused moves and judges nothing, but serves new nodes")
  void pausing() {
    var nodes = with(wellAt(OLD, 3), ill("a", NEW, LONG), ill("n", null, Duration.ZERO));
    RolloutPlan plan = plan(nodes, BEGUN, paused(policy(1)));
    assertThat(plan.moves()).containsExactly(new Move("n", OLD, false));
    assertThat(plan.state().failure()).isNull();
  }

  @Test
  @DisplayName("a manual canary waits for the order that names its revision")
  void promotion() {
    RolloutPolicy p = policy(1);
    var manual =
        new RolloutPolicy(
            false,
            false,
            p.maxUnavailable(),
            p.waves(),
            SOAK,
            SOAK,
            true,
            true,
            TIMEOUT,
            List.of(),
            Fleets.BOUNDS);
    var nodes = with(wellAt(OLD, 3), well("a", NEW));
    assertThat(plan(nodes, SOAKED, manual).phase()).isInstanceOf(Phase.AwaitingPromotion.class);
    assertThat(plan(nodes, SOAKED, manual, new Orders(OLD, null, null), NOW).moves()).isEmpty();
    assertThat(plan(nodes, SOAKED, manual, new Orders(NEW, null, null), NOW).moves()).hasSize(1);
  }

  @Test
  @DisplayName("a closed window holds the next nodes, but no rollback")
  void windows() {
    RolloutPolicy p = policy(1);
    var night = new Window(Set.of(), LocalTime.of(2, 0), Duration.ofHours(1), ZoneOffset.UTC);
    var windowed =
        new RolloutPolicy(
            false,
            false,
            p.maxUnavailable(),
            p.waves(),
            SOAK,
            SOAK,
            false,
            true,
            TIMEOUT,
            List.of(night),
            Fleets.BOUNDS);
    RolloutPlan held = plan(wellAt(OLD, 3), BEGUN, windowed);
    assertThat(held.phase()).isInstanceOf(Phase.WaitingForWindow.class);
    assertThat(held.nextCheck()).contains(Duration.ofHours(16));
    assertThat(held.template()).isEqualTo(OLD);
    assertThat(plan(wellAt(OLD, 3), BEGUN, windowed, HURRY, NOW).moves()).hasSize(1);
    assertThat(plan(with(wellAt(OLD, 3), ill("a", NEW, LONG)), BEGUN, windowed).moves())
        .containsExactly(new Move("a", OLD, false));
  }

  @Test
  @DisplayName("a canary selector without a Ready node blocks, and says so")
  void noCanary() {
    RolloutPolicy p = policy(1);
    var selector = new NodeSelector(Map.of("name", "c"), null);
    var waves = List.<Wave>of(new Wave.Canary(Wave.ALL, selector), new Wave.Rest());
    var selecting =
        new RolloutPolicy(
            false,
            false,
            p.maxUnavailable(),
            waves,
            SOAK,
            SOAK,
            false,
            true,
            TIMEOUT,
            List.of(),
            Fleets.BOUNDS);
    assertThat(plan(wellAt(OLD, 2), BEGUN, selecting).phase()).isInstanceOf(Phase.Blocked.class);
    assertThat(plan(wellAt(OLD, 4), BEGUN, selecting).moves())
        .containsExactly(new Move("c", NEW, false));
  }

  @Test
  @DisplayName("a dry run moves nothing, keeps the state, and tells the waves and their time")
  void dryRun() {
    RolloutPolicy p = policy(1, new Wave.Share(new Amount(50, true)));
    var dry =
        new RolloutPolicy(
            false,
            true,
            p.maxUnavailable(),
            p.waves(),
            SOAK,
            SOAK,
            false,
            true,
            TIMEOUT,
            List.of(),
            Fleets.BOUNDS);
    RolloutState before = RolloutState.NONE.towards(OLD, NOW).proven();
    RolloutPlan plan = plan(wellAt(OLD, 8), before, dry);
    assertThat(plan.moves()).isEmpty();
    assertThat(plan.state()).isEqualTo(before);
    assertThat(plan.template()).isEqualTo(OLD);
    Preview preview = plan.preview().orElseThrow();
    assertThat(preview.waves()).extracting(Preview.Step::nodes).containsExactly(1, 3, 4);
    assertThat(preview.least()).isEqualTo(SOAK.multipliedBy(3));
  }

  private static RolloutPolicy paused(RolloutPolicy p) {
    return new RolloutPolicy(
        true,
        false,
        p.maxUnavailable(),
        p.waves(),
        p.canarySoak(),
        p.soak(),
        p.manual(),
        p.rollback(),
        p.nodeTimeout(),
        p.windows(),
        Fleets.BOUNDS);
  }
}
