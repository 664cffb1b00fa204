package io.portolan.operator.status;

import io.portolan.operator.fleet.Conflict;
import io.portolan.operator.rollout.RolloutPlan;
import io.portolan.operator.rollout.RolloutPolicy;
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
 * @param overlap what it owns and others select too
 * @param rejection why the cluster refused an object of the agents; null when it did not
 * @param plan empty when there was none: then no node moves, and the rollout is as it was before
 * @param measured whether some node reported probes
 * @param differences between the last good revision and the one that is tried dry
 */
public record Observation(
    long generation,
    List<NodeReport> nodes,
    int kept,
    Optional<Conflict> conflict,
    Optional<Conflict> overlap,
    @Nullable String rejection,
    Optional<RolloutPlan> plan,
    RolloutPolicy policy,
    boolean measured,
    List<String> differences,
    Instant now) {
  public Observation {
    nodes = List.copyOf(nodes);
    differences = List.copyOf(differences);
  }
}
