package io.portolan.agent.plan;

import io.portolan.agent.service.Affinity;

/**
 * How long client affinity lasts on this node.
 *
 * @param defaultSeconds for Services without a time of their own
 * @param maxSeconds no Service gets longer
 */
public record AffinityRule(int defaultSeconds, int maxSeconds) {
  /** As without any settings: three hours, and no limit. */
  public static final AffinityRule AS_ASKED = new AffinityRule(10800, Integer.MAX_VALUE);

  /** Seconds for a Service that asks so; 0 without affinity. */
  int seconds(Affinity asked) {
    return switch (asked) {
      case Affinity.None _ -> 0;
      case Affinity.Untimed _ -> Math.min(defaultSeconds, maxSeconds);
      case Affinity.Timed timed -> Math.min(timed.seconds(), maxSeconds);
    };
  }
}
