package io.portolan.operator.rollout;

/**
 * What a node's agent found when it connected through a Service address of its own node. No agent
 * reports that yet, and what was not measured is never taken for good: the status says so.
 */
public sealed interface Probe {
  /** Nothing is known. */
  record NotMeasured() implements Probe {}

  /**
   * What was measured since the node got its revision.
   *
   * @param sent connections that were tried
   * @param failed those of them that failed
   * @param latencyMillis median time to connect
   */
  record Measured(int sent, int failed, int latencyMillis) implements Probe {
    /** Share of failures, in percent, beyond which a node fails its revision. */
    static final int MOST_FAILED = 1;

    boolean tooManyFailed() {
      return (long) failed * 100 > (long) sent * MOST_FAILED;
    }
  }
}
