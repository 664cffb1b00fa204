package io.portolan.operator.fleet;

import java.time.Instant;
import java.util.Map;

/**
 * What ownership and rollout need to know of a node.
 *
 * @param uid of the Node object, for owner references
 * @param ready whether the node's kubelet reports {@code Ready=True}; a node that is not cannot
 *     take a change
 * @param readySince since when {@code ready} is what it is; the epoch when nobody knows
 */
public record FleetNode(
    String name, String uid, Map<String, String> labels, boolean ready, Instant readySince) {
  public FleetNode {
    labels = Map.copyOf(labels);
  }

  /** Empty when the node names none. */
  public String zone() {
    return labels.getOrDefault("topology.kubernetes.io/zone", "");
  }
}
