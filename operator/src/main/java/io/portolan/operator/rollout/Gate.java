package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whether the nodes that have a revision show it to be good.
 *
 * <p>A node that was unavailable already when it got the revision is not judged, unless there is no
 * other. Of the judged ones,
 *
 * <ul>
 *   <li>one that is reachable and in trouble without doubt (crash loop, probes worse than the
 *       bounds and than before), or not well or without probes for {@code nodeTimeout}, fails the
 *       revision;
 *   <li>one that is so for a shorter time is waited for;
 *   <li>one that is unreachable is neither good nor bad; but the revision passes only when at least
 *       half of them are well, and fails when they are not, nobody is waited for, and one has been
 *       unreachable for {@code nodeTimeout}: a broken proxy may cut a node off.
 * </ul>
 */
sealed interface Gate {
  /**
   * Nothing speaks against the revision.
   *
   * @param calm the shortest time since something disturbed one of the nodes
   */
  record Passing(int well, Duration calm) implements Gate {}

  /** Some nodes are waited for; when the answer may change by time alone. */
  record Pending(int well, String first, Optional<Duration> next) implements Gate {}

  /** The revision is bad. */
  record Failing(String reason, String node, String message) implements Gate {}

  /** Judges. */
  static Gate of(List<NodeProgress> members, RolloutPolicy policy) {
    Duration nodeTimeout = policy.nodeTimeout();
    List<NodeProgress> blameless = members.stream().filter(n -> !n.excused()).toList();
    List<NodeProgress> judged = blameless.isEmpty() ? members : blameless;
    var waited = new ArrayList<NodeProgress>();
    var lost = new ArrayList<NodeProgress>();
    Duration calm = NodeHealth.NEVER_DISTURBED;
    int well = 0;
    for (NodeProgress node : judged) {
      Optional<Failing> failing = failing(node, policy);
      if (failing.isPresent()) {
        return failing.get();
      }
      if (!node.reachable()) {
        lost.add(node);
      } else if (!node.available() || measuring(node)) {
        waited.add(node);
      } else {
        well++;
        calm = calm.compareTo(node.health().calm()) < 0 ? calm : node.health().calm();
      }
    }
    boolean enough = well * 2 >= judged.size();
    if (waited.isEmpty() && enough) {
      return new Passing(well, calm);
    }
    if (waited.isEmpty() && lost.stream().anyMatch(n -> n.waiting().compareTo(nodeTimeout) >= 0)) {
      return new Failing(
          "NodesLost",
          lost.getFirst().node(),
          "%d of the %d nodes that have it are not Ready since then"
              .formatted(lost.size(), judged.size()));
    }
    List<NodeProgress> open = waited.isEmpty() ? lost : waited;
    return new Pending(
        well,
        open.getFirst().node(),
        open.stream()
            .map(n -> nodeTimeout.minus(n.waiting()))
            .filter(Duration::isPositive)
            .min(Comparator.naturalOrder()));
  }

  private static boolean measuring(NodeProgress node) {
    return node.health().probe() instanceof Probe.Measuring;
  }

  private static Optional<Failing> failing(NodeProgress node, RolloutPolicy policy) {
    if (!node.reachable()) {
      return Optional.empty();
    }
    NodeHealth health = node.health();
    if (health.trouble().isPresent()) {
      return Optional.of(new Failing("AgentFailed", node.node(), health.trouble().get()));
    }
    Optional<String> probes =
        health.probe() instanceof Probe.Measured measured
            ? measured.trouble(policy.probes())
            : Optional.empty();
    if (probes.isPresent()) {
      return Optional.of(new Failing("ProbesFailed", node.node(), probes.get()));
    }
    if (node.waiting().compareTo(policy.nodeTimeout()) < 0) {
      return Optional.empty();
    }
    if (!node.available()) {
      return Optional.of(new Failing("NodeNotReady", node.node(), health.words()));
    }
    return measuring(node)
        ? Optional.of(
            new Failing(
                "ProbesMissing", node.node(), "its agent reports no probes with the revision"))
        : Optional.empty();
  }
}
