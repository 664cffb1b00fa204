package io.portolan.operator.fleet;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;

/**
 * A node whose agent answers the probes of others.
 *
 * @param own whether its agent belongs to the ProxyConfig that asks
 * @param addresses of the node, at most one of each IP family
 */
public record ProbeTarget(String node, String zone, boolean own, List<String> addresses) {
  private static final int FEW = 5;
  private static final int NODES_FOR_ONE_MORE = 100;

  /** So many fit into one EndpointSlice as Kubernetes' own controller fills them. */
  private static final int MOST = 100;

  public ProbeTarget {
    addresses = List.copyOf(addresses);
  }

  /**
   * Chooses few, as each change of theirs is told to every node, but more in a large fleet, as
   * every node connects to them: {@value #FEW}, and one for each {@value #NODES_FOR_ONE_MORE}
   * nodes. Own ones first; the last of each zone by name, then the last but one, and so on: a
   * rollout begins with the first, and should not change its own yardstick.
   */
  public static List<ProbeTarget> choose(Collection<ProbeTarget> candidates) {
    record Ranked(int rank, ProbeTarget target) {}
    var ranks = new HashMap<String, Integer>();
    var ranked = new ArrayList<Ranked>();
    candidates.stream()
        .sorted(Comparator.comparing(ProbeTarget::node).reversed())
        .forEach(t -> ranked.add(new Ranked(ranks.merge(t.zone(), 1, Integer::sum), t)));
    return ranked.stream()
        .sorted(
            Comparator.comparing((Ranked r) -> !r.target().own())
                .thenComparingInt(Ranked::rank)
                .thenComparing(r -> r.target().zone()))
        .limit(Math.min(MOST, FEW + candidates.size() / NODES_FOR_ONE_MORE))
        .map(Ranked::target)
        .toList();
  }
}
