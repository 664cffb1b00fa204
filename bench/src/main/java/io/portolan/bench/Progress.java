package io.portolan.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Lines for the person who waits, each with the time since the start. */
final class Progress {
  private final PrintStream out;
  private final long began = System.nanoTime();

  Progress(PrintStream out) {
    this.out = out;
  }

  void say(String format, Object... arguments) {
    double seconds = elapsed().toNanos() / 1e9;
    out.printf(Locale.ROOT, "[%7.1f s] ", seconds);
    out.println(arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments));
    out.flush();
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - began);
  }
}
