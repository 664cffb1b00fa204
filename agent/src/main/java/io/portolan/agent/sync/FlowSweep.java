package io.portolan.agent.sync;

import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.OpeningFlows;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.StaleFlows;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends stale flows after each write to the kernel, and where masquerading changed the connections
 * that wait for a first answer. Never before: the next packet would be translated by the old rules,
 * and make the same entry anew.
 *
 * <p>What fails here is told and tried again with the next write or audit, then for the whole plan;
 * it never makes a write fail. One thread's.
 */
final class FlowSweep implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FlowSweep.class);

  private final Supplier<? extends FlowCleaner> opener;
  private final SyncObserver observer;
  private @Nullable FlowCleaner open;
  private NodeFacts node = NodeFacts.NONE;
  private List<String> complaints = List.of();

  /**
   * @param opener opens the cleaner when there is first something to clean, and after a failure
   */
  FlowSweep(Supplier<? extends FlowCleaner> opener, SyncObserver observer) {
    this.opener = opener;
    this.observer = observer;
  }

  /** The kernel holds this plan: any flow may be stale. */
  void all(Plan plan) {
    NodeFacts before = node;
    node = plan.node();
    clean(plan);
    if (!before.equals(NodeFacts.NONE) && masqueradesOtherwise(before)) {
      open(plan);
    }
  }

  /**
   * The kernel was changed by a delta: flows to what it changed may be stale.
   *
   * @param plan the whole plan; asked for only where the change concerns every port
   */
  void changed(PlanDelta delta, Supplier<Plan> plan) {
    NodeFacts before = node;
    node = delta.node() == null ? node : delta.node();
    boolean everywhere =
        !complaints.isEmpty() || !node.nodePortAddresses().equals(before.nodePortAddresses());
    if (everywhere) {
      clean(plan.get());
    } else {
      Map<PortKey, PortPlan> udp = new HashMap<>();
      delta.changed().stream()
          .filter(port -> port.key().protocol() == Protocol.UDP)
          .forEach(port -> udp.put(port.key(), port));
      clean(new Plan(node, udp));
    }
    if (masqueradesOtherwise(before)) {
      open(plan.get());
    }
  }

  private boolean masqueradesOtherwise(NodeFacts before) {
    return node.masqueradeAll() != before.masqueradeAll() || !node.pods().equals(before.pods());
  }

  /** The kernel holds nothing of ours: what flows do there is not our business. */
  void forget() {
    node = NodeFacts.NONE;
    complaints = List.of();
  }

  /** What the last sweep could not do. */
  List<String> complaints() {
    return complaints;
  }

  private void clean(Plan plan) {
    var stale = new StaleFlows(plan);
    complaints = List.of();
    for (IpFamily family : IpFamily.values()) {
      if (!stale.destinations(family).isEmpty()) {
        clean(family, stale);
      }
    }
  }

  private void clean(IpFamily family, StaleFlows stale) {
    long start = System.nanoTime();
    try {
      FlowCleaner cleaner = open == null ? opener.get() : open;
      open = cleaner;
      int ended = cleaner.clean(family, stale);
      observer.flowsEnded(family, ended, Duration.ofNanos(System.nanoTime() - start));
      if (ended > 0) {
        log.info("ended {} {} UDP flows to endpoints that do not serve any more", ended, family);
      }
    } catch (RuntimeException e) {
      log.warn("stale {} UDP flows stay until the next write or audit", family, e);
      observer.flowsKept(family);
      complaints = List.of("stale UDP flows cannot be ended: " + e.getMessage());
      reopen();
    }
  }

  private void open(Plan plan) {
    var opening = new OpeningFlows(plan);
    for (IpFamily family : IpFamily.values()) {
      try {
        FlowCleaner cleaner = open == null ? opener.get() : open;
        open = cleaner;
        int ended = cleaner.clean(family, opening);
        log.info(
            "masquerading has changed: {} unanswered {} connections begin anew", ended, family);
      } catch (RuntimeException e) {
        log.warn("unanswered {} connections stay as they began, for two minutes", family, e);
        reopen();
      }
    }
  }

  private void reopen() {
    try {
      close();
    } catch (RuntimeException e) {
      log.debug("the failed cleaner does not close", e);
    }
  }

  @Override
  public void close() {
    FlowCleaner cleaner = open;
    open = null;
    if (cleaner != null) {
      cleaner.close();
    }
  }
}
