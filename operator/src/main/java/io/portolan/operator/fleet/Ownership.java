package io.portolan.operator.fleet;

import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who owns which node.
 *
 * @param ownerOf ProxyConfig's name by node name; a node that nobody selects is absent
 * @param conflictOf what a ProxyConfig selects but does not own, by its name
 * @param overlapOf what a ProxyConfig owns and others select too, by its name
 * @param selectedBy number of nodes that a ProxyConfig selects, owned or not, by its name
 */
public record Ownership(
    Map<String, String> ownerOf,
    Map<String, Conflict> conflictOf,
    Map<String, Conflict> overlapOf,
    Map<String, Integer> selectedBy) {
  public Ownership {
    ownerOf = Map.copyOf(ownerOf);
    conflictOf = Map.copyOf(conflictOf);
    overlapOf = Map.copyOf(overlapOf);
    selectedBy = Map.copyOf(selectedBy);
  }

  /** The ProxyConfig that owns a node. */
  public Optional<String> owner(String node) {
    return Optional.ofNullable(ownerOf.get(node));
  }

  /** What a ProxyConfig lost to others. */
  public Optional<Conflict> conflict(String config) {
    return Optional.ofNullable(conflictOf.get(config));
  }

  /** What others wanted of a ProxyConfig's nodes and did not get. */
  public Optional<Conflict> overlap(String config) {
    return Optional.ofNullable(overlapOf.get(config));
  }

  /** How many nodes a ProxyConfig selects, owned or not. */
  public int selected(String config) {
    return selectedBy.getOrDefault(config, 0);
  }

  /** Names of the nodes that a ProxyConfig owns, sorted. */
  public SortedSet<String> nodesOf(String config) {
    var nodes = new TreeSet<String>();
    new TreeMap<>(ownerOf)
        .forEach(
            (node, owner) -> {
              if (owner.equals(config)) {
                nodes.add(node);
              }
            });
    return nodes;
  }
}
