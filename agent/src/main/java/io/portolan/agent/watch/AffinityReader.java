package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.Service;
import io.portolan.agent.service.Affinity;
import io.portolan.api.v1alpha1.GoDuration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the affinity that a Service asks for. Its annotation {@value #TIMEOUT} wins over {@code
 * spec.sessionAffinityConfig}: there the API server writes 10800 seconds where the user wrote
 * nothing ({@code DefaultClientIPServiceAffinitySeconds}), so that three hours can be asked for
 * only by annotation.
 */
final class AffinityReader {
  static final String TIMEOUT = "portolan.io/affinity-timeout";

  private static final int API_DEFAULT_SECONDS = 10800;
  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final Duration MOST = Duration.ofHours(24);

  private final List<String> complaints;

  /**
   * @param complaints takes what is left out
   */
  AffinityReader(List<String> complaints) {
    this.complaints = complaints;
  }

  Affinity read(Service object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    String timeout = annotations == null ? null : annotations.get(TIMEOUT);
    if (!"ClientIP".equals(object.getSpec().getSessionAffinity())) {
      if (timeout != null) {
        complaints.add(
            "annotation "
                + TIMEOUT
                + ": it is read with spec.sessionAffinity ClientIP only; set that or remove it");
      }
      return Affinity.NONE;
    }
    Affinity annotated = timeout == null ? null : annotated(timeout);
    return annotated == null ? ofSpec(object) : annotated;
  }

  private @Nullable Affinity annotated(String timeout) {
    Duration duration = parse(timeout.strip());
    if (duration == null || duration.compareTo(LEAST) < 0 || duration.compareTo(MOST) > 0) {
      complaints.add(
          "annotation "
              + TIMEOUT
              + ": \""
              + timeout
              + "\" is not a duration from 1s to 24h; write one such as 30s or 1h30m");
      return null;
    }
    return new Affinity.Timed((int) duration.toSeconds());
  }

  private static @Nullable Duration parse(String text) {
    try {
      return GoDuration.parse(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private Affinity ofSpec(Service object) {
    var config = object.getSpec().getSessionAffinityConfig();
    Integer seconds =
        config == null || config.getClientIP() == null
            ? null
            : config.getClientIP().getTimeoutSeconds();
    if (seconds == null || seconds == API_DEFAULT_SECONDS) {
      return Affinity.UNTIMED;
    }
    if (seconds <= 0) {
      complaints.add("affinity timeout of " + seconds + " s");
      return Affinity.UNTIMED;
    }
    return new Affinity.Timed(seconds);
  }
}
