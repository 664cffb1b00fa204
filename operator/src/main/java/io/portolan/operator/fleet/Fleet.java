package io.portolan.operator.fleet;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Decides who owns which node.
 *
 * <p>A node belongs to the strongest of the ProxyConfigs that select it ({@link
 * Claim#STRONGEST_FIRST}); a ProxyConfig that is being deleted selects nothing. The order is total
 * and needs no memory, so every operator comes to the same answer, and a claim that loses changes
 * nothing on a node that works.
 */
public final class Fleet {
  private Fleet() {}

  /** The owner of each node, and what every loser must be told. */
  public static Ownership resolve(Collection<FleetNode> nodes, Collection<Claim> claims) {
    List<Claim> ordered = claims.stream().sorted(Claim.STRONGEST_FIRST).toList();
    var owners = new HashMap<String, String>();
    var selected = new HashMap<String, Integer>();
    var losses = new HashMap<String, Shared>();
    var gains = new HashMap<String, Shared>();
    for (FleetNode node : nodes.stream().sorted(Comparator.comparing(FleetNode::name)).toList()) {
      for (Claim claim : ordered) {
        if (!claim.selects(node)) {
          continue;
        }
        selected.merge(claim.name(), 1, Integer::sum);
        String winner = owners.putIfAbsent(node.name(), claim.name());
        if (winner != null) {
          losses.computeIfAbsent(claim.name(), n -> new Shared()).add(winner, node.name());
          gains.computeIfAbsent(winner, n -> new Shared()).add(claim.name(), node.name());
        }
      }
    }
    return new Ownership(owners, conflicts(losses), conflicts(gains), selected);
  }

  private static Map<String, Conflict> conflicts(Map<String, Shared> shared) {
    var conflicts = new HashMap<String, Conflict>();
    shared.forEach((config, with) -> conflicts.put(config, with.conflict()));
    return conflicts;
  }

  private static final class Shared {
    private final TreeSet<String> others = new TreeSet<>();
    private final TreeSet<String> nodes = new TreeSet<>();

    void add(String other, String node) {
      others.add(other);
      nodes.add(node);
    }

    Conflict conflict() {
      return new Conflict(
          List.copyOf(others), nodes.size(), nodes.stream().limit(Conflict.NAMED).toList());
    }
  }
}
