package io.portolan.agent.plan;

import java.util.Map;

/** What every Service port must do on this node, free of any mode. */
public record Plan(NodeFacts node, Map<PortKey, PortPlan> ports) {
  /** A node without Services. */
  public static final Plan EMPTY = new Plan(NodeFacts.NONE, Map.of());
}
