package io.portolan.e2e.install;

import java.util.List;

/**
 * What a client counted.
 *
 * @param made requests that have ended
 * @param failed of them, those without the right answer
 * @param failures the first of those: when each began, and what came of it
 */
public record Requests(int made, int failed, List<String> failures) {
  static final Requests NONE = new Requests(0, 0, List.of());

  /** Keeps an immutable copy. */
  public Requests {
    failures = List.copyOf(failures);
  }

  /** Those that an earlier count of the same client did not have. */
  Requests since(Requests earlier) {
    return new Requests(
        made - earlier.made,
        failed - earlier.failed,
        failures.stream().skip(earlier.failures.size()).toList());
  }
}
