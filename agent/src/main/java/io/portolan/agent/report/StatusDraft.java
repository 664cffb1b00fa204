package io.portolan.agent.report;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.portolan.agent.sync.DriftCount;
import io.portolan.agent.sync.SyncState;
import io.portolan.api.v1alpha1.ConntrackStatus;
import io.portolan.api.v1alpha1.Drift;
import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.OtherProxy;
import io.portolan.api.v1alpha1.TakeoverPhase;
import io.portolan.api.v1alpha1.TakeoverStatus;
import io.portolan.api.v1alpha1.Versions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the status of the own NodeProxy should be, given how the node stands. */
final class StatusDraft {
  static final String READY = "Ready";
  static final String NODE_TUNED = "NodeTuned";

  /** Kernel messages can be long; a status is read by people. */
  private static final int LONGEST_MESSAGE = 1000;

  /** The kernel holds nothing of ours. */
  private static final NodeProxyStatus NOTHING =
      new NodeProxyStatus(
          null, null, null, 0, 0, null, null, null, null, null, null, null, null, null, null);

  private StatusDraft() {}

  /**
   * @param known the status as it is; what this process does not know (yet) is kept from it, and
   *     transition times of conditions that keep their status
   * @param probes what the probes found; null: there are none
   */
  static NodeProxyStatus of(
      SyncState state,
      @Nullable NodeProxyStatus known,
      @Nullable NodeProbes probes,
      Versions versions,
      Instant now) {
    SyncState.Held held = state.held();
    NodeProxyStatus kernel;
    if (held != null) {
      kernel = kernel(held);
    } else {
      kernel = known == null || holdsNothing(state.phase()) ? NOTHING : known;
    }
    Long generation =
        state.generation() != 0
            ? Long.valueOf(state.generation())
            : known == null ? null : known.observedGeneration();
    return new NodeProxyStatus(
        generation,
        kernel.revision(),
        kernel.mode(),
        kernel.services(),
        kernel.endpoints(),
        kernel.lastSync(),
        drift(state.drift()),
        conntrack(state, known),
        held == null ? kernel.probes() : held.mode() == null ? null : probes,
        versions,
        conditions(state, known, generation, now),
        kernel.backend(),
        kernel.modeReason(),
        takeover(state, known),
        others(state.others()));
  }

  private static boolean holdsNothing(SyncState.Phase phase) {
    return switch (phase) {
      case REMOVED, OTHER_PROXY, GIVEN_BACK -> true;
      case WAITING, SYNCED, SWITCHING, SWITCH_FAILED, TAKING_OVER, GIVING_BACK, FAILED, REFUSED ->
          false;
    };
  }

  /** Whether the difference is one that others act on, and not only numbers that move. */
  static boolean urgent(@Nullable NodeProxyStatus known, NodeProxyStatus draft) {
    if (known == null
        || !Objects.equals(known.revision(), draft.revision())
        || !Objects.equals(known.observedGeneration(), draft.observedGeneration())
        || known.mode() != draft.mode()
        || known.backend() != draft.backend()
        || phase(known) != phase(draft)) {
      return true;
    }
    if (speaks(draft.probes()) && !speaksAlike(known.probes(), draft.probes())) {
      return true;
    }
    Condition before = condition(known, READY);
    Condition after = condition(draft, READY);
    return before == null
        || after == null
        || !before.getStatus().equals(after.getStatus())
        || !Objects.equals(before.getReason(), after.getReason());
  }

  private static @Nullable TakeoverPhase phase(NodeProxyStatus status) {
    return status.takeover() == null ? null : status.takeover().phase();
  }

  /** Whether anything was measured: only that speaks for or against a revision. */
  private static boolean speaks(@Nullable NodeProbes probes) {
    return probes != null && probes.paths() != null && !probes.paths().isEmpty();
  }

  private static boolean speaksAlike(@Nullable NodeProbes a, @Nullable NodeProbes b) {
    return a != null && b != null && Objects.equals(a.paths(), b.paths());
  }

  static @Nullable Condition condition(@Nullable NodeProxyStatus status, String type) {
    if (status == null || status.conditions() == null) {
      return null;
    }
    return status.conditions().stream()
        .filter(c -> type.equals(c.getType()))
        .findFirst()
        .orElse(null);
  }

  private static NodeProxyStatus kernel(SyncState.Held held) {
    return new NodeProxyStatus(
        null,
        held.revision().isEmpty() ? null : held.revision(),
        held.mode(),
        held.services(),
        held.endpoints(),
        text(held.lastSync()),
        null,
        null,
        null,
        null,
        null,
        backend(held.backend()),
        held.modeReason().isEmpty() ? null : cut(held.modeReason()),
        null,
        null);
  }

  private static @Nullable IptablesBackend backend(String word) {
    return Arrays.stream(IptablesBackend.values())
        .filter(b -> b.word().equals(word))
        .findFirst()
        .orElse(null);
  }

  /** While the agent does not know better it is as it was. */
  private static @Nullable TakeoverStatus takeover(
      SyncState state, @Nullable NodeProxyStatus known) {
    return state.generation() == 0 && known != null ? known.takeover() : state.takeover();
  }

  private static @Nullable List<OtherProxy> others(
      List<io.portolan.agent.others.OtherProxy> found) {
    return found.isEmpty()
        ? null
        : found.stream()
            .map(o -> new OtherProxy(o.kind().word(), o.running(), o.evidence()))
            .toList();
  }

  private static String cut(String text) {
    return text.length() > LONGEST_MESSAGE ? text.substring(0, LONGEST_MESSAGE) + "..." : text;
  }

  private static List<Condition> conditions(
      SyncState state, @Nullable NodeProxyStatus known, @Nullable Long generation, Instant now) {
    var conditions = new ArrayList<Condition>();
    boolean ready =
        state.phase() == SyncState.Phase.SYNCED || state.phase() == SyncState.Phase.GIVEN_BACK;
    String reason =
        switch (state.phase()) {
          case SYNCED -> "Synced";
          case FAILED -> "SyncFailed";
          case REMOVED -> "Removed";
          case WAITING -> "Waiting";
          case REFUSED -> "InvalidSettings";
          case SWITCHING -> "Switching";
          case SWITCH_FAILED -> "SwitchFailed";
          case OTHER_PROXY -> "OtherProxy";
          case TAKING_OVER -> "TakingOver";
          case GIVING_BACK -> "GivingBack";
          case GIVEN_BACK -> "GivenBack";
        };
    conditions.add(condition(READY, ready, reason, state.message(), known, generation, now));
    if (!state.complaints().isEmpty()) {
      String message = String.join("; ", state.complaints());
      conditions.add(condition(NODE_TUNED, false, "Incomplete", message, known, generation, now));
    }
    return conditions;
  }

  private static Condition condition(
      String type,
      boolean status,
      String reason,
      String message,
      @Nullable NodeProxyStatus known,
      @Nullable Long generation,
      Instant now) {
    String word = status ? "True" : "False";
    Condition before = condition(known, type);
    String since =
        before != null && word.equals(before.getStatus())
            ? before.getLastTransitionTime()
            : text(now);
    return new ConditionBuilder()
        .withType(type)
        .withStatus(word)
        .withReason(reason)
        .withMessage(cut(message))
        .withObservedGeneration(generation)
        .withLastTransitionTime(since)
        .build();
  }

  private static @Nullable ConntrackStatus conntrack(
      SyncState state, @Nullable NodeProxyStatus known) {
    return state.conntrack() != null || known == null ? state.conntrack() : known.conntrack();
  }

  private static Drift drift(DriftCount drift) {
    return new Drift(
        drift.missing(),
        drift.stale(),
        drift.foreign(),
        drift.total(),
        drift.lastFound() == null ? null : text(drift.lastFound()));
  }

  private static String text(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
