package io.portolan.e2e.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** What the audience sees, and which of the claims held. */
final class Show {
  private final PrintStream out;
  private final List<String> broken = new ArrayList<>();
  private int claims;

  Show(PrintStream out) {
    this.out = out;
  }

  void title(String title) {
    out.println();
    out.println("== " + title);
    out.flush();
  }

  void text(String text) {
    text.lines().forEach(line -> out.println("   " + line));
    out.flush();
  }

  /** States what was seen, and whether it is what was promised. */
  void claim(boolean held, String what) {
    claims++;
    if (!held) {
      broken.add(what);
    }
    out.println((held ? " ✓ " : " ✗ ") + what);
    out.flush();
  }

  boolean allTrue() {
    return broken.isEmpty();
  }

  void verdict() {
    out.println();
    out.println((claims - broken.size()) + " of " + claims + " claims held");
    broken.forEach(what -> out.println(" ✗ " + what));
    out.flush();
  }
}
