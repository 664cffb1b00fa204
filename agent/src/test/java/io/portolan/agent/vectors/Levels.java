package io.portolan.agent.vectors;

import java.util.Arrays;
import java.util.Locale;

/** The levels by name. */
enum Levels {
  /** Values alone. */
  PLAN(1, false),

  /** Packets through network namespaces; needs root. */
  KERNEL(8, true);

  private final int atOnce;
  private final boolean slow;

  Levels(int atOnce, boolean slow) {
    this.atOnce = atOnce;
    this.slow = slow;
  }

  /**
   * The level of a name.
   *
   * @throws IllegalArgumentException when there is none
   */
  static Levels named(String word) {
    return Arrays.stream(values())
        .filter(l -> l.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "level "
                        + word
                        + " is not there; there is "
                        + String.join(", ", Arrays.stream(values()).map(Levels::word).toList())));
  }

  Level of(Mode mode) {
    return switch (this) {
      case PLAN -> new PlanLevel(mode);
      case KERNEL -> new KernelLevel(mode);
    };
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Cases tried at the same time. */
  int atOnce() {
    return atOnce;
  }

  /** Whether one wants to see how far it is. */
  boolean slow() {
    return slow;
  }
}
