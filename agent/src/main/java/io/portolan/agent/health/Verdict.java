package io.portolan.agent.health;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a probe.
 *
 * @param reason why not, empty when healthy
 * @param lastUpdated when the kernel was last known to hold the plan, null: never
 * @param nodeEligible whether the node stays and may get traffic; null: not part of the answer
 */
public record Verdict(
    boolean healthy, String reason, @Nullable Instant lastUpdated, @Nullable Boolean nodeEligible) {
  int status() {
    return healthy ? 200 : 503;
  }

  /** As kube-proxy answers, with a reason. */
  String json(Instant now) {
    return "{\"lastUpdated\": \""
        + (lastUpdated == null ? "" : lastUpdated)
        + "\", \"currentTime\": \""
        + now
        + "\", "
        + (nodeEligible == null ? "" : "\"nodeEligible\": " + nodeEligible + ", ")
        + "\"reason\": \""
        + reason.replace("\\", "\\\\").replace("\"", "\\\"").replace('\n', ' ')
        + "\"}\n";
  }
}
