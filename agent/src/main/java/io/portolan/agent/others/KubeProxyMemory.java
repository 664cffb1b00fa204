package io.portolan.agent.others;

import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.switching.Memory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * The clients that kube-proxy keeps to their endpoints, in modes nftables and iptables: what of
 * either is in the kernel is read and written, for nothing else tells which mode will be asked.
 * Mode ipvs keeps its clients in templates of connections that cannot be written from outside.
 */
final class KubeProxyMemory implements Memory {
  /** The memory of one mode. */
  interface Store extends AutoCloseable {
    /** Whether there is no room for any client of the plan. */
    boolean isEmpty();

    /** Who is there; a client may be at several endpoints. */
    List<StickyClient> clients();

    /**
     * Adds clients whose endpoints have room; one that another endpoint has stays there.
     *
     * @return how many are at their endpoints then
     */
    int remember(Collection<StickyClient> clients);

    @Override
    default void close() {}
  }

  @Override
  public List<StickyClient> clients(Plan plan) {
    var clients = new ArrayList<StickyClient>();
    try (Store sets = new AffinitySets(plan);
        Store lists = new RecentLists(plan)) {
      clients.addAll(sets.clients());
      clients.addAll(lists.clients());
    }
    return Places.latest(clients);
  }

  @Override
  public int remember(Plan plan, Supplier<? extends Collection<StickyClient>> clients) {
    try (Store sets = new AffinitySets(plan);
        Store lists = new RecentLists(plan)) {
      if (sets.isEmpty() && lists.isEmpty()) {
        return 0;
      }
      Collection<StickyClient> all = clients.get();
      return Math.max(
          sets.isEmpty() ? 0 : sets.remember(all), lists.isEmpty() ? 0 : lists.remember(all));
    }
  }
}
