package io.portolan.operator.migration;

import java.util.ArrayList;
import java.util.List;

/** What is wrong with the values; gathered, so that a person mends all of it at once. */
final class Problems {
  private final String source;
  private final List<String> found = new ArrayList<>();

  Problems(String source) {
    this.source = source;
  }

  /**
   * Notes one.
   *
   * @param line from 1; 0 when unknown
   */
  void add(int line, String field, String what) {
    found.add(source + (line > 0 ? ", line " + line : "") + ": " + field + ": " + what);
  }

  void throwIfAny() {
    if (!found.isEmpty()) {
      throw new ImportRefused(List.copyOf(found));
    }
  }
}
