package io.portolan.operator.fleet;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    var losses = new TreeMap<String, Losses>();
    for (FleetNode node : nodes.stream().sorted(Comparator.comparing(FleetNode::name)).toList()) {
      for (Claim claim : ordered) {
        if (!claim.selects(node)) {
          continue;
        }
        selected.merge(claim.name(), 1, Integer::sum);
        String winner = owners.putIfAbsent(node.name(), claim.name());
        if (winner != null) {
          losses.computeIfAbsent(claim.name(), n -> new Losses()).add(winner, node.name());
        }
      }
    }
    var conflicts = new HashMap<String, Conflict>();
    losses.forEach((loser, lost) -> conflicts.put(loser, lost.conflict()));
    return new Ownership(owners, conflicts, Map.copyOf(selected));
  }

  private static final class Losses {
    private final TreeSet<String> winners = new TreeSet<>();
    private final List<String> named = new ArrayList<>();
    private int nodes;

    void add(String winner, String node) {
      winners.add(winner);
      nodes++;
      if (named.size() < Conflict.NAMED) {
        named.add(node);
      }
    }

    Conflict conflict() {
      return new Conflict(List.copyOf(winners), nodes, named);
    }
  }
}
