package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.Optional;

/**
 * How one node is, as the caches show it.
 *
 * @param running whether its agent reports Ready at exactly what the spec asks for
 * @param agentReady whether its agent's Pod is ready
 * @param agentCurrent whether that Pod has the shape of the node's revision; true when there is
 *     none
 * @param waiting how long the node has been without one of these, or not Ready; zero when it is
 *     well
 * @param calm time since its agent last restarted or an audit last found a difference; very long
 *     when neither happened since it got its revision
 * @param trouble what is wrong without doubt, such as a crash loop: there is no use in waiting
 * @param words what its agent, its Pod or the cluster says of its state; empty when it is well
 */
public record NodeHealth(
    boolean running,
    boolean agentReady,
    boolean agentCurrent,
    Duration waiting,
    Duration calm,
    Optional<String> trouble,
    Probe probe,
    String words) {
  /** Longer than any soak. */
  public static final Duration NEVER_DISTURBED = Duration.ofDays(365);

  NodeHealth waitedAtMost(Duration most) {
    return new NodeHealth(running, agentReady, agentCurrent, most, calm, trouble, probe, words);
  }

  /** Serves by what it was told. */
  boolean well() {
    return running && agentReady && agentCurrent;
  }
}
