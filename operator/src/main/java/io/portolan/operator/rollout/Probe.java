package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What a node's agent found when it connected through a Service address of its own node. */
public sealed interface Probe {
  /** What the user bears. */
  record Bounds(int maxFailedPercent, Duration maxLatencyIncrease) {}

  /**
   * Nothing is known, and nothing will be: it speaks neither for nor against a revision.
   *
   * @param why for a person
   */
  record NotMeasured(String why) implements Probe {}

  /** The agent has not connected often enough with the revision that it was given. */
  record Measuring() implements Probe {}

  /** What was measured with the node's revision. */
  record Measured(List<Path> paths) implements Probe {
    public Measured {
      paths = List.copyOf(paths);
    }

    /** What is worse than a user bears; empty when nothing is. */
    Optional<String> trouble(Bounds bounds) {
      return paths.stream().flatMap(p -> p.trouble(bounds).stream()).findFirst();
    }
  }

  /**
   * One way through the node.
   *
   * @param words such as {@code through the node over IPv4}
   * @param sent connections with the revision
   * @param failed those that got no answer
   * @param latencyMicros median of the others; empty when there is none
   */
  record Path(
      String words,
      int sent,
      int failed,
      OptionalInt latencyMicros,
      int sentBefore,
      int failedBefore,
      OptionalInt latencyMicrosBefore) {
    private static final int MICROS = 1000;

    private Optional<String> trouble(Bounds bounds) {
      if (failed > allowed(bounds) && worse()) {
        return Optional.of(
            "%d of %d connections %s to a Service got no answer; %d of %d before"
                .formatted(failed, sent, words, failedBefore, sentBefore));
      }
      boolean slow =
          latencyMicros.isPresent()
              && latencyMicrosBefore.isPresent()
              && latencyMicros.getAsInt() - latencyMicrosBefore.getAsInt()
                  > bounds.maxLatencyIncrease().toNanos() / MICROS;
      return slow
          ? Optional.of(
              "connections %s to a Service take %d ms; %d ms before"
                  .formatted(
                      words,
                      latencyMicros.getAsInt() / MICROS,
                      latencyMicrosBefore.getAsInt() / MICROS))
          : Optional.empty();
    }

    /** One alone is no share, unless none at all is borne. */
    private int allowed(Bounds bounds) {
      int percent = bounds.maxFailedPercent();
      return percent == 0 ? 0 : Math.max(1, sent * percent / 100);
    }

    private boolean worse() {
      return sentBefore == 0 || (long) failed * sentBefore > (long) failedBefore * sent;
    }
  }
}
