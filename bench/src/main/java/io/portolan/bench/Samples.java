package io.portolan.bench;

import java.util.List;

/** Order statistics of some numbers; there must be at least one. */
final class Samples {
  private Samples() {}

  /** The middle one; of an even number of them the mean of the two in the middle. */
  static double median(List<Double> values) {
    List<Double> sorted = sorted(values);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** The smallest value that at least this share of all do not exceed (nearest rank). */
  static double percentile(List<Double> values, double share) {
    List<Double> sorted = sorted(values);
    int rank = (int) Math.ceil(share * sorted.size());
    return sorted.get(Math.clamp(rank - 1, 0, sorted.size() - 1));
  }

  static double min(List<Double> values) {
    return sorted(values).getFirst();
  }

  static double max(List<Double> values) {
    return sorted(values).getLast();
  }

  private static List<Double> sorted(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no values");
    }
    return values.stream().sorted().toList();
  }
}
