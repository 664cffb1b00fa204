package io.portolan.agent.vectors;

import java.util.ArrayList;
import java.util.List;

/** What came out of a case; filled while it runs, by one thread. */
final class Outcome {
  private final List<String> failures = new ArrayList<>();
  private final List<String> notRun = new ArrayList<>();
  private int checked;

  /** Counts an expectation, and keeps what was found instead of it. */
  void check(String what, Object expected, Object actual) {
    checked++;
    if (!expected.equals(actual)) {
      failures.add(what + "\n      expected: " + expected + "\n      actual:   " + actual);
    }
  }

  /** The case failed as a whole or beside its expectations. */
  void fail(String what) {
    failures.add(what);
  }

  /** An expectation that could not be tried. */
  void skip(String what, String reason) {
    notRun.add(what + ": " + reason);
  }

  /** Expectations that were checked. */
  int checked() {
    return checked;
  }

  List<String> failures() {
    return failures;
  }

  List<String> notRun() {
    return notRun;
  }
}
