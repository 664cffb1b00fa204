package io.portolan.agent.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
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
  /** Nothing changed. */
  public static final PlanDelta NONE = new PlanDelta(null, List.of(), List.of());

  /** The way that this one and then the next one lead. */
  public PlanDelta then(PlanDelta next) {
    if (isEmpty()) {
      return next;
    }
    var ports = new LinkedHashMap<PortKey, @Nullable PortPlan>();
    for (PlanDelta each : List.of(this, next)) {
      each.removed().forEach(key -> ports.put(key, null));
      each.changed().forEach(port -> ports.put(port.key(), port));
    }
    var changedPorts = new ArrayList<PortPlan>();
    var removedPorts = new ArrayList<PortKey>();
    ports.forEach(
        (key, port) -> {
          if (port == null) {
            removedPorts.add(key);
          } else {
            changedPorts.add(port);
          }
        });
    return new PlanDelta(
        next.node() == null ? node : next.node(),
        List.copyOf(changedPorts),
        List.copyOf(removedPorts));
  }

  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return node == null && changed.isEmpty() && removed.isEmpty();
  }
}
