package io.portolan.operator.rollout;

/**
 * Give this node this revision now.
 *
 * @param excused whether the node is unavailable already, so that the revision is not to blame
 */
public record Move(String node, String revision, boolean excused) {}
