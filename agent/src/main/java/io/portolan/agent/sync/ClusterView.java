package io.portolan.agent.sync;

import io.portolan.agent.plan.OwnNode;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.Planner;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServiceTable;
import io.portolan.agent.service.SliceTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that the loop knows of the cluster, and the plan that follows from it. One thread's. */
final class ClusterView {
  private static final Logger log = LoggerFactory.getLogger(ClusterView.class);

  private final ServiceTable services = new ServiceTable();
  private final SliceTable slices = new SliceTable();
  private final Planner planner;
  private final Set<Change.Source> missing = EnumSet.allOf(Change.Source.class);
  private final List<Instant> triggers = new ArrayList<>();

  private OwnNode node = OwnNode.NONE;
  private List<Ip> addresses = List.of();
  private List<Cidr> serviceCidrs = List.of();
  private @Nullable Orders orders;
  private Change.@Nullable Refused refused;
  private SortedMap<PortKey, SortedSet<PortKey>> conflicts = new TreeMap<>();
  private int serviceChanges;
  private int sliceChanges;

  ClusterView(String nodeName) {
    planner = new Planner(nodeName, services, slices);
  }

  void absorb(Change change) {
    switch (change) {
      case Change.Listed listed -> missing.remove(listed.source());
      case Change.OfService service -> {
        if (service.now() == null ? services.remove(service.name()) : services.put(service.now())) {
          serviceChanges++;
          planner.touch(service.name());
        }
      }
      case Change.OfSlice slice -> {
        Set<ServiceName> touched =
            slice.now() == null ? slices.remove(slice.name()) : slices.put(slice.now());
        if (!touched.isEmpty()) {
          sliceChanges++;
          planner.touch(touched);
          if (slice.trigger() != null) {
            triggers.add(slice.trigger());
          }
        }
      }
      case Change.OfNode now -> {
        node = now.now();
        planner.zone(node.zone());
        planFacts();
      }
      case Change.OfAddresses now -> {
        addresses = now.now();
        missing.remove(Change.Source.ADDRESSES);
        planFacts();
      }
      case Change.OfServiceCidrs now -> {
        serviceCidrs = now.now();
        planFacts();
      }
      case Change.OfOrders now -> {
        orders = now.now();
        refused = null;
        planner.affinity(orders.affinity());
        planFacts();
      }
      case Change.Refused now -> refused = now;
      case Change.Progress ended -> {}
    }
  }

  private void planFacts() {
    if (orders != null) {
      planner.facts(orders.traffic().facts(node, addresses, serviceCidrs));
    }
  }

  /** What was not listed yet, and is needed; empty: the view is whole. */
  Set<Change.Source> missing() {
    boolean follows = orders != null && orders.traffic().followsInterfaces();
    if (follows || !missing.contains(Change.Source.ADDRESSES)) {
      return missing;
    }
    var needed = EnumSet.copyOf(missing);
    needed.remove(Change.Source.ADDRESSES);
    return needed;
  }

  @Nullable Orders orders() {
    return orders;
  }

  Change.@Nullable Refused refused() {
    return refused;
  }

  Planner planner() {
    return planner;
  }

  /** The way to the plan now, see {@link Planner#take}. */
  PlanDelta take() {
    return planner.take();
  }

  /** Logs which ports do not get an address that they ask for, whenever that has changed. */
  void warnOfConflicts() {
    SortedMap<PortKey, SortedSet<PortKey>> now = planner.conflicts();
    if (!now.equals(conflicts)) {
      conflicts = now;
      now.forEach((loser, holders) -> log.warn("{} asks for an address of {}", loser, holders));
    }
  }

  /**
   * For each slice changed since the last call the time from its cause to now, as far as it says.
   *
   * @param started what came about before says nothing of our speed: a restart is no change
   */
  List<Duration> takeDelays(Instant started, Instant now) {
    List<Duration> delays =
        triggers.stream()
            .filter(trigger -> !trigger.isBefore(started))
            .map(trigger -> Duration.between(trigger, now))
            .toList();
    triggers.clear();
    return delays;
  }

  /** Tells the changes absorbed since the last call. */
  void tellChanges(SyncObserver observer) {
    if (serviceChanges > 0 || sliceChanges > 0) {
      observer.changes(serviceChanges, sliceChanges);
      serviceChanges = 0;
      sliceChanges = 0;
    }
  }
}
