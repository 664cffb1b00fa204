package io.portolan.operator.rollout;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where one node stands.
 *
 * @param assigned revision in its NodeProxy's spec; null when the node never had one
 * @param ours whether this ProxyConfig assigned it, and not the one the node comes from
 * @param excused whether the node was unavailable already when it was assigned
 * @param reachable whether the node itself is Ready
 */
public record NodeProgress(
    String node,
    Map<String, String> labels,
    @Nullable String assigned,
    boolean ours,
    boolean excused,
    boolean reachable,
    NodeHealth health) {
  private static final String ZONE = "topology.kubernetes.io/zone";

  /** Serves by what it was told. */
  public boolean available() {
    return reachable && health.well();
  }

  /** Was told this revision by this ProxyConfig. */
  public boolean has(@Nullable String revision) {
    return revision != null && ours && revision.equals(assigned);
  }

  /** Never had a revision of anyone. */
  public boolean fresh() {
    return assigned == null;
  }

  /** Empty when the node names none. */
  String zone() {
    return labels.getOrDefault(ZONE, "");
  }

  NodeProgress waitedAtMost(Duration most) {
    return health.waiting().compareTo(most) <= 0
        ? this
        : new NodeProgress(
            node, labels, assigned, ours, excused, reachable, health.waitedAtMost(most));
  }

  Duration waiting() {
    return health.waiting();
  }
}
