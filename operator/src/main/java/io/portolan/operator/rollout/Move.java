package io.portolan.operator.rollout;

/** Give this node this revision now. */
public record Move(String node, String revision) {}
