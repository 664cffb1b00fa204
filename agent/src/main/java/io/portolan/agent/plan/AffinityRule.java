package io.portolan.agent.plan;

import io.portolan.agent.service.Service;

/**
 * How long client affinity lasts on this node.
 *
 * @param defaultSeconds in place of the API server's default
 * @param maxSeconds no Service gets longer
 */
public record AffinityRule(int defaultSeconds, int maxSeconds) {
  /** Every Service gets what it says. */
  public static final AffinityRule AS_ASKED =
      new AffinityRule(Service.API_DEFAULT_AFFINITY_SECONDS, Integer.MAX_VALUE);

  /** Seconds for a Service that says so many; 0 stays 0. */
  int seconds(int asked) {
    if (asked == 0) {
      return 0;
    }
    int own = asked == Service.API_DEFAULT_AFFINITY_SECONDS ? defaultSeconds : asked;
    return Math.min(own, maxSeconds);
  }
}
