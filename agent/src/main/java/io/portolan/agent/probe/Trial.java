package io.portolan.agent.probe;

import io.portolan.api.v1alpha1.ProbePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a few rounds say of a mode that is about to serve, or just began to: it is objected to when
 * at least half of the connections on some route failed. One lost packet is no reason.
 */
final class Trial {
  static final int ROUNDS = 6;

  private final Assignment assignment;
  private final Map<Route, int[]> counts = new TreeMap<>();
  private int rounds;

  /**
   * @param everyone whether the node's own path is tried too
   */
  Trial(Assignment whole, boolean everyone) {
    var routes = new TreeMap<>(whole.routes());
    routes.keySet().removeIf(route -> !everyone && route.path() != ProbePath.POD);
    assignment = new Assignment(whole.revision(), routes, whole.unmeasured());
  }

  Assignment assignment() {
    return assignment;
  }

  /** Takes the outcomes of a round. */
  void add(Map<Route, Outcome> outcomes) {
    rounds++;
    outcomes.forEach(
        (route, outcome) -> {
          int[] count = counts.computeIfAbsent(route, r -> new int[2]);
          count[0] += outcome instanceof Outcome.Answered ? 1 : 0;
          count[1] += outcome.equals(Outcome.FAILED) ? 1 : 0;
        });
  }

  /** Whether no further round can make a difference, or is to be made. */
  boolean over() {
    return rounds >= ROUNDS || assignment.routes().isEmpty();
  }

  /** What speaks against the mode. */
  Optional<String> objection() {
    List<String> bad = new ArrayList<>();
    counts.forEach(
        (route, count) -> {
          if (count[1] > 0 && count[1] >= count[0]) {
            bad.add(
                "%d of %d connections through the probe Service got no answer (%s)"
                    .formatted(count[1], count[0] + count[1], route));
          }
        });
    return bad.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", bad));
  }
}
