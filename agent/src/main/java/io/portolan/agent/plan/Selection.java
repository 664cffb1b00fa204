package io.portolan.agent.plan;

import io.portolan.agent.service.Backend;
import io.portolan.agent.service.SliceEndpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Which endpoints of a Service port this node may use. Hints count when every ready endpoint has
 * one and one of them is for this node: those for nodes first, then those for zones (KEP-2433,
 * KEP-3015). Where nothing is ready, endpoints that end but still answer are the last resort
 * (KEP-1669), decided for each policy by itself.
 *
 * @param node name of this node
 * @param zone its label {@code topology.kubernetes.io/zone}, empty when it has none
 */
public record Selection(String node, String zone) {

  /**
   * Selects.
   *
   * @param cluster whether the Service port ever sends by policy Cluster
   * @param local whether it ever sends by policy Local
   */
  public Pools of(Collection<Backend> backends, boolean cluster, boolean local) {
    List<Endpoint> everywhere = List.of();
    if (cluster) {
      Predicate<SliceEndpoint> near = near(backends);
      everywhere = pick(backends, e -> e.ready() && near.test(e));
      if (everywhere.isEmpty()) {
        everywhere = pick(backends, SliceEndpoint::draining);
      }
    }
    List<Endpoint> here = List.of();
    if (local) {
      here = pick(backends, e -> e.ready() && local(e));
      if (here.isEmpty()) {
        here = pick(backends, e -> e.draining() && local(e));
      }
    }
    boolean anywhere = false;
    for (Backend b : backends) {
      anywhere |= b.endpoint().ready() || b.endpoint().draining();
    }
    return new Pools(everywhere, here, anywhere);
  }

  /** All endpoints that answer, wherever they are and whatever the policies say. */
  List<Endpoint> serving(Collection<Backend> backends) {
    return pick(backends, SliceEndpoint::serving);
  }

  /** Whether the endpoint runs on this node. */
  public boolean local(SliceEndpoint endpoint) {
    return !node.isEmpty() && endpoint.node().equals(node);
  }

  private Predicate<SliceEndpoint> near(Collection<Backend> backends) {
    boolean everyoneForNodes = true;
    boolean someoneForNode = false;
    boolean everyoneForZones = true;
    boolean someoneForZone = false;
    for (Backend b : backends) {
      SliceEndpoint e = b.endpoint();
      if (e.ready()) {
        everyoneForNodes &= !e.nodes().isEmpty();
        someoneForNode |= e.nodes().contains(node);
        everyoneForZones &= !e.zones().isEmpty();
        someoneForZone |= e.zones().contains(zone);
      }
    }
    if (everyoneForNodes && someoneForNode) {
      return e -> e.nodes().contains(node);
    }
    return everyoneForZones && someoneForZone ? e -> e.zones().contains(zone) : e -> true;
  }

  /** Sorted; those of a {@link io.portolan.agent.service.SliceTable} are already. */
  private List<Endpoint> pick(Collection<Backend> backends, Predicate<SliceEndpoint> wanted) {
    var picked = new ArrayList<Endpoint>(backends.size());
    boolean sorted = true;
    for (Backend b : backends) {
      if (wanted.test(b.endpoint())) {
        var next = new Endpoint(b.endpoint().ip(), b.port(), local(b.endpoint()));
        sorted &= picked.isEmpty() || picked.getLast().compareTo(next) < 0;
        picked.add(next);
      }
    }
    return List.copyOf(sorted ? picked : new TreeSet<>(picked));
  }
}
