package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to do now.
 *
 * @param moves the nodes that get a revision now
 * @param failed names of the nodes that did not become ready in time, sorted
 * @param nextCheck when the answer changes by time alone
 */
public record RolloutPlan(
    List<Move> moves, Phase phase, List<String> failed, Optional<Duration> nextCheck) {
  public RolloutPlan {
    moves = List.copyOf(moves);
    failed = List.copyOf(failed);
  }
}
