package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PortKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one change writes, and what the model becomes when the kernel has taken it. Collected while
 * nothing is changed yet, so that a refused change leaves no trace.
 */
final class Change {
  /** A chain of a table. */
  record ChainName(Table table, String name) {}

  /** A set of a table. */
  record SetName(Table table, NamedSet set) {}

  /** Pick chains that must be there before elements lead to them. */
  final Map<ChainName, List<Rule>> newChains = new LinkedHashMap<>();

  /** Chains whose rules are written anew. */
  final Map<ChainName, List<Rule>> rules = new LinkedHashMap<>();

  final Set<SetName> emptied = new LinkedHashSet<>();
  final List<Element> removed = new ArrayList<>();
  final List<Element> added = new ArrayList<>();
  final Set<ChainName> oldChains = new LinkedHashSet<>();

  /** Null: the Service port is gone. */
  final Map<PortKey, @Nullable PortState> ports = new LinkedHashMap<>();

  final Map<SharedAddress, Integer> shared = new LinkedHashMap<>();
  final Map<ChainName, Integer> users = new HashMap<>();
  @Nullable NodeFacts node;
  @Nullable Doors doors;

  /** Whether the kernel has nothing to do beyond {@link #newChains}. */
  boolean quiet() {
    return rules.isEmpty()
        && emptied.isEmpty()
        && removed.isEmpty()
        && added.isEmpty()
        && oldChains.isEmpty();
  }
}
