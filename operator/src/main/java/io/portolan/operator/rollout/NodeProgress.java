package io.portolan.operator.rollout;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where one node stands.
 *
 * @param assigned revision in its NodeProxy's spec; null when the node never had one
 * @param running whether its agent reports Ready at exactly what the spec asks for
 * @param agentReady whether its agent's Pod is ready
 * @param agentCurrent whether that Pod has the shape that is wanted now; true when there is none
 * @param reachable whether the node itself is Ready
 * @param waiting how long the node has been not running, or its agent not ready, at its revision;
 *     zero when it is well
 */
public record NodeProgress(
    String node,
    @Nullable String assigned,
    boolean running,
    boolean agentReady,
    boolean agentCurrent,
    boolean reachable,
    Duration waiting) {

  /** Serves by what it was told. */
  public boolean available() {
    return reachable && running && agentReady;
  }

  /** Was told the revision, and its agent's Pod is the one that is wanted. */
  public boolean at(String revision) {
    return revision.equals(assigned) && agentCurrent;
  }
}
