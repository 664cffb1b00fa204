package io.portolan.operator.status;

import io.portolan.api.v1alpha1.ProxyConfigStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** The status of a ProxyConfig that is being deleted. */
public final class Removal {
  private static final int NAMED = 10;

  private Removal() {}

  /**
   * The status that follows the previous one.
   *
   * @param remaining names of the nodes that still hold what the ProxyConfig put there
   * @param givingBack of a node that another proxy has to serve first: its name, and what is waited
   *     for
   */
  public static ProxyConfigStatus of(
      SortedSet<String> remaining,
      Optional<String> givingBack,
      long generation,
      @Nullable ProxyConfigStatus previous,
      Instant now) {
    List<String> named = remaining.stream().limit(NAMED).toList();
    String message =
        "being deleted; %d nodes left: %s%s%s"
            .formatted(
                remaining.size(),
                String.join(", ", named),
                remaining.size() > NAMED ? ", ..." : "",
                givingBack.map(words -> "; " + words).orElse(""));
    return new ProxyConfigStatus(
        generation,
        previous == null ? null : previous.currentRevision(),
        previous == null ? null : previous.updateRevision(),
        previous == null ? null : previous.nodes(),
        previous == null ? null : previous.rollout(),
        null,
        new Conditions(previous == null ? null : previous.conditions(), generation, now)
            .put("Ready", false, "Removing", message)
            .put("Reconciling", true, "Removing", message)
            .list());
  }
}
