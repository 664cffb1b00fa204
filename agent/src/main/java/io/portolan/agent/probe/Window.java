package io.portolan.agent.probe;

import java.util.ArrayDeque;
import java.util.Deque;

/** The latest connections of one route; void ones leave no trace. */
final class Window {
  static final int SIZE = 120;

  private final Deque<Outcome> outcomes = new ArrayDeque<>(SIZE);

  /** Adds one, in place of the oldest when the window is full. */
  void add(Outcome outcome) {
    if (outcome.equals(Outcome.VOID)) {
      return;
    }
    if (outcomes.size() == SIZE) {
      outcomes.removeFirst();
    }
    outcomes.addLast(outcome);
  }

  int size() {
    return outcomes.size();
  }

  Figures figures() {
    long[] nanos =
        outcomes.stream()
            .mapMulti(
                (Outcome outcome, java.util.function.Consumer<Long> into) -> {
                  if (outcome instanceof Outcome.Answered answered) {
                    into.accept(answered.nanos());
                  }
                })
            .mapToLong(Long::longValue)
            .sorted()
            .toArray();
    Integer median =
        nanos.length == 0 ? null : Integer.valueOf((int) (nanos[(nanos.length - 1) / 2] / 1000));
    return new Figures(outcomes.size(), outcomes.size() - nanos.length, median);
  }
}
