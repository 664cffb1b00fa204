package io.portolan.operator.fleet;

import java.util.List;

/**
 * Nodes that a ProxyConfig selects and others own.
 *
 * @param winners names of the owners, sorted
 * @param nodes number of nodes lost
 * @param firstNodes the first of their names, at most {@value #NAMED}
 */
public record Conflict(List<String> winners, int nodes, List<String> firstNodes) {
  /** How many nodes are named. */
  public static final int NAMED = 10;

  public Conflict {
    winners = List.copyOf(winners);
    firstNodes = List.copyOf(firstNodes);
  }
}
