package io.portolan.agent.switching;

import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.dataplane.Variant;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Variants that could not take over, and when each may try again: after ten seconds, then after
 * waits that double, up to five minutes. One thread's.
 */
final class Failures {
  /** Where no setting matters. */
  static final DataplaneSettings ANY_SETTINGS = new DataplaneSettings(1);

  private static final Duration FIRST = Duration.ofSeconds(10);
  private static final int MOST_DOUBLINGS = 5;

  private record Failure(String words, int times, long until) {}

  private final Map<Variant, Failure> failures = new HashMap<>();

  void add(Variant variant, String words) {
    Failure before = failures.get(variant);
    int times = before == null ? 1 : before.times() + 1;
    long wait = FIRST.toNanos() << Math.min(times - 1, MOST_DOUBLINGS);
    failures.put(variant, new Failure(words, times, System.nanoTime() + wait));
  }

  /** The words of a failure that is too young to try again. */
  Optional<String> fresh(Variant variant) {
    return Optional.ofNullable(failures.get(variant))
        .filter(f -> System.nanoTime() - f.until() < 0)
        .map(Failure::words);
  }

  /** The words of all that may not be tried yet. */
  Map<Variant, String> all() {
    var words = new HashMap<Variant, String>();
    failures.forEach((variant, f) -> fresh(variant).ifPresent(w -> words.put(variant, w)));
    return words;
  }

  void clear() {
    failures.clear();
  }
}
