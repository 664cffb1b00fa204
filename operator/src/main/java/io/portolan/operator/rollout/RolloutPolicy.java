package io.portolan.operator.rollout;

import io.portolan.api.v1alpha1.GoDuration;
import io.portolan.api.v1alpha1.Rollout;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The user's wishes for a rollout, defaults filled in. */
public record RolloutPolicy(boolean paused, Amount maxUnavailable, Duration nodeTimeout) {
  private static final String NODE_TIMEOUT = "5m";

  /** The policy that a spec asks for. */
  public static RolloutPolicy of(@Nullable Rollout rollout) {
    if (rollout == null) {
      return new RolloutPolicy(false, Amount.DEFAULT, GoDuration.parse(NODE_TIMEOUT));
    }
    String timeout = rollout.nodeTimeout();
    return new RolloutPolicy(
        Boolean.TRUE.equals(rollout.paused()),
        Amount.of(rollout.maxUnavailable()),
        GoDuration.parse(timeout == null ? NODE_TIMEOUT : timeout));
  }
}
