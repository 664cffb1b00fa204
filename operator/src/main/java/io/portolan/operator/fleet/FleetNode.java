package io.portolan.operator.fleet;

import java.util.Map;

/**
 * What ownership and rollout need to know of a node.
 *
 * @param uid of the Node object, for owner references
 * @param ready whether the node's kubelet reports {@code Ready=True}; a node that is not cannot
 *     take a change
 */
public record FleetNode(String name, String uid, Map<String, String> labels, boolean ready) {
  public FleetNode {
    labels = Map.copyOf(labels);
  }
}
