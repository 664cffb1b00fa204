package io.portolan.agent.probe;

import java.time.Duration;

/**
 * When the next round is due: soon while little is known of a revision, seldom once it is old.
 * Times are those of {@code System.nanoTime}.
 */
final class Pace {
  private static final int FAST_ROUNDS = 10;
  private static final Duration FAST = Duration.ofMillis(200);
  private static final Duration EARLY = Duration.ofMinutes(2);
  private static final Duration STEADY = Duration.ofSeconds(1);
  private static final Duration SLOW = Duration.ofSeconds(10);

  private long begun;
  private long next;
  private int rounds;

  /** There is something new to measure; the first round is due at once. */
  void begin(long now) {
    begun = now;
    next = now;
    rounds = 0;
  }

  /** Time until the next round; zero when it is due. */
  Duration untilNext(long now) {
    return Duration.ofNanos(Math.max(0, next - now));
  }

  /** A round begins. */
  void round(long now) {
    rounds++;
    Duration pause;
    if (rounds < FAST_ROUNDS) {
      pause = FAST;
    } else {
      pause = now - begun < EARLY.toNanos() ? STEADY : SLOW;
    }
    next = now + pause.toNanos();
  }
}
