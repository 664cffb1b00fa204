package io.portolan.agent;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Waits with an end. */
public final class Eventually {
  private Eventually() {}

  /** Repeats the assertions until they hold; at the end of the time they speak for themselves. */
  public static void holds(Duration within, ThrowingCallable assertions) {
    long end = System.nanoTime() + within.toNanos();
    while (true) {
      try {
        assertions.call();
        return;
      } catch (AssertionError e) {
        if (System.nanoTime() > end) {
          throw new AssertionError("after " + within.toSeconds() + " s: " + e.getMessage(), e);
        }
      } catch (Throwable e) {
        if (System.nanoTime() > end) {
          throw new AssertionError("after " + within.toSeconds() + " s: " + e, e);
        }
      }
      pause();
    }
  }

  /** Checks that something stays as it is for a time. */
  public static <T> void stays(Duration during, Callable<T> value) throws Exception {
    T first = value.call();
    long end = System.nanoTime() + during.toNanos();
    while (System.nanoTime() < end) {
      pause();
      T now = value.call();
      if (!java.util.Objects.equals(first, now)) {
        throw new AssertionError("was " + first + ", and became " + now);
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
