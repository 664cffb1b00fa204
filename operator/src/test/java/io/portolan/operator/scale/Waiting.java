package io.portolan.operator.scale;

import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/** Waiting that has an end. */
final class Waiting {
  private static final Duration LOOK = Duration.ofMillis(50);

  private Waiting() {}

  /**
   * Waits.
   *
   * @throws IllegalStateException that says what it waited for, after this time
   */
  static void until(String what, Duration patience, BooleanSupplier condition) {
    Instant end = Instant.now().plus(patience);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(end)) {
        throw new IllegalStateException(
            "waited %d s until %s".formatted(patience.toSeconds(), what));
      }
      sleep(LOOK);
    }
  }

  static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
