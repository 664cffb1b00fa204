package io.portolan.agent.sync;

import java.time.Duration;

/**
 * Waits that double from one failure to the next.
 *
 * @param first after the first failure
 * @param most never longer
 */
public record Backoff(Duration first, Duration most) {
  /** The wait after so many failures in a row, 1 or more. */
  public Duration after(int failures) {
    long factor = 1L << Math.min(failures - 1, 20);
    Duration wait = first.multipliedBy(factor);
    return wait.compareTo(most) > 0 ? most : wait;
  }
}
