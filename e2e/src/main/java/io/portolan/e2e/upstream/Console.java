package io.portolan.e2e.upstream;

import java.io.PrintStream;
import java.util.Locale;

/** Says of each spec what came of it, and how many are left. */
final class Console implements SpecRun.Listener {
  private final PrintStream out;
  private final long start = System.nanoTime();
  private int total;
  private int ended;

  Console(PrintStream out) {
    this.out = out;
  }

  @Override
  public void total(int specs) {
    total = specs;
    out.println(specs + " specs");
    out.flush();
  }

  @Override
  public void ended(Outcome outcome) {
    ended++;
    long now = (System.nanoTime() - start) / 1_000_000_000;
    out.println(
        String.format(
            Locale.ROOT,
            "[%4d s] %3d of %d  %-7s %5.1f s  %s",
            now,
            ended,
            total,
            outcome.verdict(),
            outcome.seconds(),
            outcome.title()));
    if (!outcome.passed()) {
      out.println("         " + outcome.because());
    }
    out.flush();
  }
}
