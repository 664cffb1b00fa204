package io.portolan.agent.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.portolan.agent.sync.DriftCount;
import io.portolan.agent.sync.SyncState;
import io.portolan.agent.sync.SyncState.Held;
import io.portolan.agent.sync.SyncState.Phase;
import io.portolan.api.v1alpha1.ConntrackStatus;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.PathProbes;
import io.portolan.api.v1alpha1.ProbePath;
import io.portolan.api.v1alpha1.Versions;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StatusDraftTest {
  private static final Instant NOW = Instant.parse("2026-11-23T20:00:00.5Z");
  private static final Instant LATER = NOW.plusSeconds(60);
  private static final Versions VERSIONS = new Versions("0.1.0", "6.18");

  private static final ConntrackStatus CONNTRACK =
      new ConntrackStatus(131072L, "24h", "1h", false, "30s", "2m");

  private static Held held(String revision, int endpoints) {
    return new Held(revision, Mode.NFTABLES, "", "", 3, endpoints, NOW);
  }

  private static SyncState state(Phase phase, String message, @Nullable Held held) {
    return new SyncState(
        phase, message, 4, held, DriftCount.NONE, List.of(), CONNTRACK, null, List.of());
  }

  private static NodeProxyStatus draft(
      SyncState state, @Nullable NodeProxyStatus known, Instant now) {
    return StatusDraft.of(state, known, null, VERSIONS, now);
  }

  private static Condition ready(NodeProxyStatus status) {
    Condition ready = StatusDraft.condition(status, StatusDraft.READY);
    if (ready == null) {
      throw new AssertionError("no Ready in " + status);
    }
    return ready;
  }

  @Test
  @DisplayName("a synced node is Ready, with revision, counts, versions and the time of the sync")
  void synced() {
    NodeProxyStatus status = draft(state(Phase.SYNCED, "", held("r1", 9)), null, NOW);
    assertThat(status.observedGeneration()).isEqualTo(4);
    assertThat(status.revision()).isEqualTo("r1");
    assertThat(status.mode()).isEqualTo(Mode.NFTABLES);
    assertThat(status.services()).isEqualTo(3);
    assertThat(status.endpoints()).isEqualTo(9);
    assertThat(status.lastSync()).isEqualTo("2026-11-23T20:00:00Z");
    assertThat(status.versions()).isEqualTo(VERSIONS);
    assertThat(status.conntrack()).isEqualTo(CONNTRACK);
    assertThat(ready(status).getStatus()).isEqualTo("True");
    assertThat(ready(status).getReason()).isEqualTo("Synced");
  }

  @Test
  @DisplayName("a transition time changes only with the status of its condition")
  void transitions() {
    NodeProxyStatus first = draft(state(Phase.SYNCED, "", held("r1", 9)), null, NOW);
    NodeProxyStatus same = draft(state(Phase.SYNCED, "", held("r1", 9)), first, LATER);
    assertThat(same).isEqualTo(first);
    NodeProxyStatus failed = draft(state(Phase.FAILED, "no room", held("r1", 9)), first, LATER);
    assertThat(ready(failed).getLastTransitionTime()).isEqualTo("2026-11-23T20:01:00Z");
    assertThat(ready(failed).getMessage()).isEqualTo("no room");
  }

  @Test
  @DisplayName("what a restarted agent does not know yet is kept from the status before")
  void restart() {
    NodeProxyStatus before = draft(state(Phase.SYNCED, "", held("r1", 9)), null, NOW);
    var waiting =
        new SyncState(
            Phase.WAITING, "x", 0, null, DriftCount.NONE, List.of(), null, null, List.of());
    NodeProxyStatus status = draft(waiting, before, LATER);
    assertThat(status.revision()).isEqualTo("r1");
    assertThat(status.endpoints()).isEqualTo(9);
    assertThat(status.conntrack()).isEqualTo(CONNTRACK);
    assertThat(status.observedGeneration()).isEqualTo(4);
    assertThat(ready(status).getReason()).isEqualTo("Waiting");
  }

  @Test
  @DisplayName("a removed node names no revision and counts nothing")
  void removed() {
    NodeProxyStatus before = draft(state(Phase.SYNCED, "", held("r1", 9)), null, NOW);
    NodeProxyStatus status = draft(state(Phase.REMOVED, "gone", null), before, LATER);
    assertThat(status.revision()).isNull();
    assertThat(status.mode()).isNull();
    assertThat(status.services()).isZero();
    assertThat(ready(status).getStatus()).isEqualTo("False");
    assertThat(ready(status).getReason()).isEqualTo("Removed");
  }

  @Test
  @DisplayName("readiness, revision and generation are urgent; numbers that move are not")
  void urgency() {
    NodeProxyStatus before = draft(state(Phase.SYNCED, "", held("r1", 9)), null, NOW);
    assertThat(
            StatusDraft.urgent(
                before, draft(state(Phase.SYNCED, "", held("r1", 10)), before, LATER)))
        .isFalse();
    assertThat(
            StatusDraft.urgent(
                before, draft(state(Phase.SYNCED, "", held("r2", 9)), before, LATER)))
        .isTrue();
    assertThat(
            StatusDraft.urgent(
                before, draft(state(Phase.FAILED, "", held("r1", 9)), before, LATER)))
        .isTrue();
    assertThat(StatusDraft.urgent(null, before)).isTrue();
  }

  @Test
  @DisplayName("what the probes found is told with the revision that the kernel holds")
  void probes() {
    var r1 = new NodeProbes("r1", null, null, null, null);
    SyncState synced = state(Phase.SYNCED, "", held("r1", 9));
    NodeProxyStatus status = StatusDraft.of(synced, null, r1, VERSIONS, NOW);
    assertThat(status.probes()).isEqualTo(r1);
    SyncState waiting = state(Phase.WAITING, "x", null);
    assertThat(StatusDraft.of(waiting, status, null, VERSIONS, NOW).probes()).isEqualTo(r1);
    SyncState removed = state(Phase.REMOVED, "x", null);
    assertThat(StatusDraft.of(removed, status, r1, VERSIONS, NOW).probes()).isNull();
  }

  @Test
  @DisplayName("figures of the probes are urgent; that nothing is measured, or not yet, is not")
  void urgentProbes() {
    SyncState synced = state(Phase.SYNCED, "", held("r1", 9));
    var path = new PathProbes(ProbePath.POD, false, 10, 0, 300, null, null, null);
    NodeProxyStatus measuring =
        StatusDraft.of(synced, null, new NodeProbes("r1", null, null, null, null), VERSIONS, NOW);
    NodeProxyStatus nothing =
        StatusDraft.of(
            synced,
            null,
            new NodeProbes("r1", List.of(), null, "no endpoint", null),
            VERSIONS,
            NOW);
    NodeProxyStatus figures =
        StatusDraft.of(
            synced, null, new NodeProbes("r1", List.of(path), null, null, null), VERSIONS, NOW);
    assertThat(StatusDraft.urgent(measuring, figures)).isTrue();
    assertThat(StatusDraft.urgent(nothing, figures)).isTrue();
    assertThat(StatusDraft.urgent(measuring, nothing)).isFalse();
    assertThat(StatusDraft.urgent(figures, measuring)).isFalse();
    assertThat(StatusDraft.urgent(figures, figures)).isFalse();
  }

  @Test
  @DisplayName("what could not be set on the node is a condition of its own, a long text is cut")
  void complaints() {
    var state =
        new SyncState(
            Phase.FAILED,
            "x".repeat(5000),
            4,
            held("r1", 9),
            DriftCount.NONE,
            List.of("not set: net/a=1: read-only", "stale flows stay"),
            null,
            null,
            List.of());
    NodeProxyStatus status = draft(state, null, NOW);
    assertThat(ready(status).getMessage()).hasSizeLessThan(1100);
    Condition tuned = Objects.requireNonNull(StatusDraft.condition(status, StatusDraft.NODE_TUNED));
    assertThat(tuned.getMessage()).isEqualTo("not set: net/a=1: read-only; stale flows stay");
  }
}
