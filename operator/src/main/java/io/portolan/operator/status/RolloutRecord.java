package io.portolan.operator.status;

import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.api.v1alpha1.RolloutFailure;
import io.portolan.api.v1alpha1.RolloutPreview;
import io.portolan.api.v1alpha1.RolloutPreviewWave;
import io.portolan.api.v1alpha1.RolloutStatus;
import io.portolan.operator.rollout.Failure;
import io.portolan.operator.rollout.Phase;
import io.portolan.operator.rollout.Preview;
import io.portolan.operator.rollout.RolloutPlan;
import io.portolan.operator.rollout.RolloutState;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A rollout's state as it stands in a ProxyConfig's status, there and back. */
public final class RolloutRecord {
  private static final int LONGEST = 1024;

  private RolloutRecord() {}

  /** The state that a status holds. */
  public static RolloutState read(@Nullable ProxyConfigStatus status) {
    if (status == null) {
      return RolloutState.NONE;
    }
    RolloutStatus rollout = status.rollout();
    if (rollout == null) {
      return new RolloutState(
          status.currentRevision(),
          status.updateRevision(),
          null,
          0,
          null,
          List.of(),
          null,
          null,
          List.of());
    }
    return new RolloutState(
        status.currentRevision(),
        status.updateRevision(),
        time(rollout.began()),
        Objects.requireNonNullElse(rollout.wave(), 0),
        time(rollout.soakSince()),
        Objects.requireNonNullElse(rollout.moving(), List.of()),
        rollout.movingTo(),
        failure(rollout.failure()),
        Objects.requireNonNullElse(rollout.unproven(), List.of()));
  }

  /**
   * What the status says of a plan.
   *
   * @param waves number of waves, the canary included
   * @param measured whether some node reported probes
   * @param differences between the last good revision and the one that is tried dry
   */
  static RolloutStatus write(
      RolloutPlan plan, int waves, boolean measured, List<String> differences) {
    RolloutState state = plan.state();
    String good = state.good();
    boolean open = good != null && !good.equals(state.target());
    return new RolloutStatus(
        plan.phase().word(),
        shortened(plan.phase().message()),
        state.began() == null ? null : state.began().toString(),
        open ? state.wave() : null,
        open ? waves : null,
        state.soakSince() == null ? null : state.soakSince().toString(),
        state.moving().isEmpty() ? null : state.moving(),
        state.movingTo(),
        state.failure() == null ? null : failure(state.failure()),
        state.unproven().isEmpty() ? null : state.unproven(),
        plan.phase() instanceof Phase.Idle ? null : measured ? "Measured" : "NotMeasured",
        plan.preview().map(p -> preview(p, differences)).orElse(null));
  }

  private static RolloutPreview preview(Preview preview, List<String> differences) {
    return new RolloutPreview(
        preview.revision(),
        preview.waves().stream()
            .map(w -> new RolloutPreviewWave(shortened(w.wave()), w.nodes(), w.names()))
            .toList(),
        (int) ((preview.least().toSeconds() + 59) / 60),
        differences);
  }

  private static RolloutFailure failure(Failure failure) {
    return new RolloutFailure(
        failure.revision(),
        failure.reason(),
        failure.node(),
        shortened(failure.message()),
        failure.at().toString(),
        failure.retry());
  }

  private static @Nullable Failure failure(@Nullable RolloutFailure failure) {
    if (failure == null) {
      return null;
    }
    return new Failure(
        Objects.requireNonNullElse(failure.revision(), ""),
        Objects.requireNonNullElse(failure.reason(), ""),
        Objects.requireNonNullElse(failure.node(), ""),
        Objects.requireNonNullElse(failure.message(), ""),
        Objects.requireNonNullElse(time(failure.time()), Instant.EPOCH),
        failure.retry());
  }

  private static @Nullable Instant time(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 3) + "...";
  }
}
