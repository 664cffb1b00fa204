package io.portolan.operator.status;

import io.portolan.operator.fleet.Conflict;
import io.portolan.operator.rollout.RolloutPlan;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that a status is made of.
 *
 * @param generation of the ProxyConfig that was read
 * @param nodes of the nodes that the ProxyConfig owns
 * @param kept number of nodes that it ran and no longer selects, kept because it selects none at
 *     all
 * @param conflict what it selects and others own
 * @param rejection why the cluster refused an object of the agents; null when it did not
 * @param updateRevision null when it is not known yet
 */
public record Observation(
    long generation,
    List<NodeReport> nodes,
    int kept,
    Optional<Conflict> conflict,
    @Nullable String rejection,
    @Nullable String updateRevision,
    Optional<RolloutPlan> plan,
    boolean paused,
    Instant now) {
  public Observation {
    nodes = List.copyOf(nodes);
  }
}
