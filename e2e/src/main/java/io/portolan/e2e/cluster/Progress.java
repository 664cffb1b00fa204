package io.portolan.e2e.cluster;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Says on standard output what is done and how long after the start. */
final class Progress {
  private final PrintStream out;
  private final long start = System.nanoTime();

  Progress(PrintStream out) {
    this.out = out;
  }

  void done(String what) {
    out.println(String.format(Locale.ROOT, "[%5.1f s] %s", elapsed().toMillis() / 1000.0, what));
    out.flush();
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
