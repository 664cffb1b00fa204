package io.portolan.agent.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way from one plan to the next.
 *
 * @param node the new facts of the node, or null when they did not change
 * @param changed ports that are new or differ, as they shall be
 * @param removed ports that are gone; none of them is in {@code changed}
 */
public record PlanDelta(@Nullable NodeFacts node, List<PortPlan> changed, List<PortKey> removed) {
  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return node == null && changed.isEmpty() && removed.isEmpty();
  }
}
