package io.portolan.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.portolan.api.v1alpha1.NodeCounts;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.operator.fleet.Conflict;
import io.portolan.operator.rollout.Failure;
import io.portolan.operator.rollout.Phase;
import io.portolan.operator.rollout.RolloutPlan;
import io.portolan.operator.rollout.RolloutPolicy;
import io.portolan.operator.rollout.RolloutState;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Rollup: what nodes report, as one status")
class RollupTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final Instant LATER = Instant.parse("2026-03-01T10:05:00Z");
  private static final NodeReport GOOD = new NodeReport("a", true, true, "");
  private static final NodeReport BAD =
      new NodeReport("b", false, false, "SyncFailed: nf_tables refused the set");

  @Test
  @DisplayName("all nodes ready: Ready is True and alone, and the revision is the current one")
  void ready() {
    var status = Rollup.of(seen(List.of(GOOD), new Phase.Complete(1, 0), NOW), null);
    assertThat(types(status)).containsExactly("Ready");
    assertThat(condition(status, "Ready").getStatus()).isEqualTo("True");
    assertThat(condition(status, "Ready").getReason()).isEqualTo("AllNodesReady");
    assertThat(status.currentRevision()).isEqualTo("c-1");
    assertThat(status.observedGeneration()).isEqualTo(7);
    assertThat(status.nodes()).isEqualTo(new NodeCounts(1, 1, 1, 0, 0, 0));
  }

  @Test
  @DisplayName("a node with a problem: Ready is False and quotes the agent, Reconciling is there")
  void progressing() {
    var status =
        Rollup.of(seen(List.of(GOOD, BAD), new Phase.Progressing("1 of 2 nodes done"), NOW), null);
    assertThat(types(status)).containsExactly("Ready", "Reconciling");
    assertThat(condition(status, "Ready").getMessage())
        .isEqualTo("1 of 2 nodes ready at c-1; b: SyncFailed: nf_tables refused the set");
    assertThat(status.currentRevision()).isNull();
  }

  @Test
  @DisplayName("failed nodes: Stalled names them, at most ten")
  void failed() {
    var names = IntStream.range(0, 12).mapToObj(i -> "n%02d".formatted(i)).toList();
    var plan = plan(new Phase.Failed("12 nodes did not become ready in time"), names);
    var status = Rollup.of(observation(List.of(BAD), plan, Optional.empty(), 0, NOW), null);
    assertThat(types(status)).containsExactly("Ready", "Stalled");
    assertThat(condition(status, "Stalled").getMessage()).contains("n09").doesNotContain("n10");
    assertThat(status.failedNodes()).hasSize(10);
  }

  @Test
  @DisplayName("a transition time stays for as long as the status of its condition stays")
  void transitionTimes() {
    var first =
        Rollup.of(seen(List.of(BAD), new Phase.Progressing("0 of 1 nodes done"), NOW), null);
    var worded = new NodeReport("b", false, false, "other words");
    var second =
        Rollup.of(seen(List.of(worded), new Phase.Progressing("0 of 1 nodes done"), LATER), first);
    assertThat(condition(second, "Ready").getMessage()).contains("other words");
    assertThat(condition(second, "Ready").getLastTransitionTime()).isEqualTo(NOW.toString());
    var third = Rollup.of(seen(List.of(GOOD), new Phase.Complete(1, 0), LATER), second);
    assertThat(condition(third, "Ready").getLastTransitionTime()).isEqualTo(LATER.toString());
  }

  @Test
  @DisplayName("the same observation later is the same status, in whatever order conditions come")
  void nothingNew() {
    var first =
        Rollup.of(seen(List.of(BAD), new Phase.Progressing("0 of 1 nodes done"), NOW), null);
    var again =
        Rollup.of(seen(List.of(BAD), new Phase.Progressing("0 of 1 nodes done"), LATER), first);
    assertThat(again).isEqualTo(first);
    var turned =
        new ProxyConfigStatus(
            first.observedGeneration(),
            first.currentRevision(),
            first.updateRevision(),
            first.nodes(),
            first.rollout(),
            first.failedNodes(),
            Objects.requireNonNull(first.conditions()).reversed());
    assertThat(Rollup.same(turned, again)).isTrue();
    assertThat(Rollup.same(null, again)).isFalse();
  }

  @Test
  @DisplayName("no matching node: the message names the field, the fix and what keeps running")
  void noMatch() {
    var plan = plan(new Phase.Idle());
    var status = Rollup.of(observation(List.of(), plan, Optional.empty(), 3, NOW), null);
    assertThat(condition(status, "Ready").getReason()).isEqualTo("NoMatchingNodes");
    assertThat(condition(status, "Ready").getMessage())
        .contains("spec.nodeSelector", "3 nodes it had keep running", "label the nodes");
  }

  @Test
  @DisplayName("a conflict is a condition of its own, and the reason when no node is left")
  void conflict() {
    var lost = Optional.of(new Conflict(List.of("other"), 2, List.of("x", "y")));
    var some =
        Rollup.of(observation(List.of(GOOD), plan(new Phase.Complete(1, 0)), lost, 0, NOW), null);
    assertThat(condition(some, "Ready").getStatus()).isEqualTo("True");
    assertThat(condition(some, "Conflict").getMessage()).contains("other", "x, y");
    var won =
        new Observation(
            7,
            List.of(GOOD),
            0,
            Optional.empty(),
            lost,
            null,
            Optional.of(plan(new Phase.Complete(1, 0))),
            RolloutPolicy.of(null),
            false,
            List.of(),
            NOW);
    assertThat(condition(Rollup.of(won, null), "Conflict"))
        .extracting(Condition::getReason)
        .isEqualTo("SelectedByOthers");
    var none = Rollup.of(observation(List.of(), plan(new Phase.Idle()), lost, 0, NOW), null);
    assertThat(condition(none, "Ready").getReason()).isEqualTo("Conflict");
    assertThat(none.nodes()).isEqualTo(new NodeCounts(0, 0, 0, 0, 0, 2));
  }

  @Test
  @DisplayName("what the cluster refused is told, and the revisions stay what they were")
  void rejected() {
    var before = Rollup.of(seen(List.of(GOOD), new Phase.Complete(1, 0), NOW), null);
    var refused =
        new Observation(
            8,
            List.of(GOOD),
            0,
            Optional.empty(),
            Optional.empty(),
            "tolerations[0].key: Invalid value",
            Optional.empty(),
            RolloutPolicy.of(null),
            false,
            List.of(),
            LATER);
    var status = Rollup.of(refused, before);
    assertThat(types(status)).containsExactly("Ready", "Stalled");
    assertThat(condition(status, "Ready").getMessage()).contains("tolerations");
    assertThat(status.updateRevision()).isEqualTo("c-1");
    assertThat(status.currentRevision()).isEqualTo("c-1");
  }

  @Test
  @DisplayName("notices tell each change once")
  void notices() {
    var moving =
        Rollup.of(seen(List.of(BAD), new Phase.Progressing("0 of 1 nodes done"), NOW), null);
    assertThat(Notices.between(null, moving))
        .extracting(Notice::reason)
        .containsExactly("RolloutStarted");
    var done = Rollup.of(seen(List.of(GOOD), new Phase.Complete(1, 0), LATER), moving);
    assertThat(Notices.between(moving, done))
        .extracting(Notice::reason)
        .containsExactly("RolloutCompleted");
    assertThat(Notices.between(done, done)).isEmpty();
  }

  @Test
  @DisplayName("a failed revision: Stalled with reason RolledBack, an Event with the node's words")
  void rolledBack() {
    var failure = new Failure("c-2", "NodeNotReady", "b", "SyncFailed: no", NOW, null);
    var state = new RolloutState("c-1", "c-2", NOW, 0, null, List.of(), null, failure, List.of());
    var before = Rollup.of(seen(List.of(GOOD), new Phase.Complete(1, 0), NOW), null);
    var after =
        Rollup.of(
            observation(
                List.of(BAD),
                plan(new Phase.RolledBack(0, "c-2: b: SyncFailed: no"), List.of(), state),
                Optional.empty(),
                0,
                LATER),
            before);
    assertThat(condition(after, "Stalled").getReason()).isEqualTo("RolledBack");
    assertThat(after.currentRevision()).isEqualTo("c-1");
    assertThat(RolloutRecord.read(after)).isEqualTo(state);
    assertThat(Notices.between(before, after))
        .extracting(Notice::reason)
        .containsExactly("RolloutStarted", "RolloutFailed", "RolledBack");
    assertThat(Notices.between(before, after).get(1).message()).contains("b", "SyncFailed: no");
  }

  @Test
  @DisplayName("everything that the next operator needs is read from the status as it was written")
  void readBack() {
    var state =
        new RolloutState(
            "c-1",
            "c-3",
            NOW,
            2,
            Instant.parse("2026-03-01T10:00:00.123Z"),
            List.of("x", "y"),
            "c-3",
            new Failure("c-3", "NodesLost", "x", "gone", NOW, "again"),
            List.of("c-2"));
    var status =
        Rollup.of(
            observation(
                List.of(BAD),
                plan(new Phase.Soaking("soaks"), List.of(), state),
                Optional.empty(),
                0,
                NOW),
            null);
    assertThat(RolloutRecord.read(status)).isEqualTo(state);
    assertThat(RolloutRecord.read(null)).isEqualTo(RolloutState.NONE);
  }

  @Test
  @DisplayName(
      "a removal says how many nodes are left, which, and what a node that is given back waits for")
  void removal() {
    var status =
        Removal.of(
            new TreeSet<>(List.of("b", "a")), Optional.of("b: waits for kube-proxy"), 9, null, NOW);
    assertThat(condition(status, "Ready").getMessage())
        .isEqualTo("being deleted; 2 nodes left: a, b; b: waits for kube-proxy");
    assertThat(types(status)).containsExactly("Ready", "Reconciling");
  }

  private static Observation seen(List<NodeReport> nodes, Phase phase, Instant now) {
    return observation(nodes, plan(phase), Optional.empty(), 0, now);
  }

  private static RolloutPlan plan(Phase phase) {
    return plan(phase, List.of());
  }

  private static RolloutPlan plan(Phase phase, List<String> failed) {
    String good = phase instanceof Phase.Complete ? "c-1" : null;
    return plan(
        phase,
        failed,
        new RolloutState(good, "c-1", null, 0, null, List.of(), null, null, List.of()));
  }

  private static RolloutPlan plan(Phase phase, List<String> failed, RolloutState state) {
    return new RolloutPlan(
        List.of(), "c-1", state, List.of(), phase, failed, Optional.empty(), Optional.empty());
  }

  private static Observation observation(
      List<NodeReport> nodes,
      RolloutPlan plan,
      Optional<Conflict> conflict,
      int kept,
      Instant now) {
    return new Observation(
        7,
        nodes,
        kept,
        conflict,
        Optional.empty(),
        null,
        Optional.of(plan),
        RolloutPolicy.of(null),
        false,
        List.of(),
        now);
  }

  private static List<String> types(ProxyConfigStatus status) {
    return conditions(status).stream().map(Condition::getType).toList();
  }

  private static Condition condition(ProxyConfigStatus status, String type) {
    return conditions(status).stream()
        .filter(c -> c.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  private static List<Condition> conditions(ProxyConfigStatus status) {
    @Nullable List<Condition> conditions = status.conditions();
    return Objects.requireNonNull(conditions);
  }
}
