package io.portolan.operator.fleet;

import java.util.List;

/**
 * Nodes that a ProxyConfig selects and others select as well.
 *
 * @param others their names, sorted: the owners of nodes that were lost, or those who lost them
 * @param nodes number of such nodes
 * @param firstNodes the first of their names, at most {@value #NAMED}
 */
public record Conflict(List<String> others, int nodes, List<String> firstNodes) {
  /** How many nodes are named. */
  public static final int NAMED = 10;

  public Conflict {
    others = List.copyOf(others);
    firstNodes = List.copyOf(firstNodes);
  }
}
