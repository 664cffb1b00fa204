package io.portolan.agent.kernel;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Optional;

/**
 * The kernel's count of ticks, in which some of its files give times ({@code linux/jiffies.h}). It
 * begins five minutes before 2^32 at boot, so that code that cannot bear the overflow shows early,
 * and goes on with the monotonic clock; it stays behind by what passed before the ticks began, less
 * than a second. The length of a tick is the resolution of the kernel's coarse clocks.
 *
 * @param now the count
 * @param nanos the length of a tick, more than zero
 */
public record Jiffies(long now, long nanos) {
  private static final int CLOCK_MONOTONIC = 1;
  private static final int CLOCK_MONOTONIC_COARSE = 6;
  private static final long SECOND = 1_000_000_000;
  private static final long BEFORE_BOOT = 300 * SECOND;

  /** Counts that lie ahead by more than this are of another clock than ours. */
  private static final Duration AHEAD = Duration.ofSeconds(2);

  /**
   * Reads the clock.
   *
   * @throws SystemCallException when the kernel has none
   */
  public static Jiffies read() {
    try (var arena = Arena.ofConfined()) {
      var libc = new LibC(arena);
      long tick = libc.clockResolution(CLOCK_MONOTONIC_COARSE);
      return at(libc.clock(CLOCK_MONOTONIC), tick);
    }
  }

  /**
   * The count at a time.
   *
   * @param monotonic the monotonic clock, in nanoseconds
   * @param tick in nanoseconds
   */
  static Jiffies at(long monotonic, long tick) {
    // Kernels round the length of a tick; the count per second is a whole number.
    long perSecond = (SECOND + tick / 2) / tick;
    long whole = (monotonic - BEFORE_BOOT) / SECOND * perSecond;
    long rest = (monotonic - BEFORE_BOOT) % SECOND * perSecond / SECOND;
    return new Jiffies((1L << 32) + whole + rest, tick);
  }

  /**
   * How long ago a count was.
   *
   * @return never negative; empty: it cannot be told, for the count lies ahead or before the boot
   */
  public Optional<Duration> since(long then) {
    long first = (1L << 32) - BEFORE_BOOT / SECOND * ((SECOND + nanos / 2) / nanos);
    Duration age =
        Duration.ofNanos(Math.multiplyExact(Math.clamp(now - then, -1_000_000, 1L << 33), nanos));
    if (then < first || age.plus(AHEAD).isNegative()) {
      return Optional.empty();
    }
    return Optional.of(age.isNegative() ? Duration.ZERO : age);
  }
}
