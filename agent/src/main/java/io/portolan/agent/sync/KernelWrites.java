package io.portolan.agent.sync;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.plan.PlanDelta;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the loop writes to the kernel, and what it knows of what stands there: {@code replace} with
 * the whole plan the first time and after any doubt, {@code apply} with the difference otherwise,
 * {@code replace} again when an audit is due. One thread's.
 */
final class KernelWrites implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KernelWrites.class);

  private final ClusterView view;
  private final OpenDataplane dataplane;
  private final FlowSweep sweep;
  private final NodeTuning tuning;
  private final SyncObserver observer;
  private final Instant started = Instant.now();

  private boolean programmed;
  private boolean removed;
  private long lastAudit;
  private long lastWrite = System.nanoTime();
  private @Nullable Instant lastUpdated;
  private DriftCount drift = DriftCount.NONE;

  KernelWrites(
      ClusterView view,
      Supplier<? extends Dataplane> opener,
      Supplier<? extends FlowCleaner> cleaner,
      NodeTuning tuning,
      SyncObserver observer) {
    this.view = view;
    this.dataplane = new OpenDataplane(opener);
    this.sweep = new FlowSweep(cleaner, observer);
    this.tuning = tuning;
    this.observer = observer;
  }

  /** Makes the kernel hold the plan. */
  SyncState.Held program(Orders orders, SyncState.@Nullable Held before) {
    long start = System.nanoTime();
    boolean audit = programmed && untilAudit(orders).isZero();
    if (audit) {
      tuning.repeat(orders);
    }
    PlanDelta delta = view.take();
    boolean whole = !programmed || audit;
    boolean wrote = !programmed || !delta.isEmpty();
    if (!programmed) {
      Audit found = dataplane.replace(view.planner().plan());
      log.info("the kernel holds the plan; what differed before: {}", found);
      programmed = true;
      removed = false;
      lastAudit = System.nanoTime();
    } else if (wrote) {
      // Unless this returns, what the kernel holds is not what the planner thinks.
      programmed = false;
      dataplane.apply(delta);
      programmed = true;
    }
    if (audit) {
      wrote |= audit();
    }
    Instant now = Instant.now();
    lastUpdated = now;
    if (wrote) {
      lastWrite = System.nanoTime();
      observer.written(Duration.ofNanos(lastWrite - start), view.takeDelays(started, now));
    }
    if (whole) {
      sweep.all(view.planner().plan());
    } else if (wrote) {
      sweep.changed(delta, view.planner()::plan);
    }
    view.warnOfConflicts();
    return new SyncState.Held(
        orders.revision(),
        orders.mode(),
        view.planner().services(),
        view.planner().endpoints(),
        wrote || before == null ? now : before.lastSync());
  }

  /** Returns whether anything had to be repaired. */
  private boolean audit() {
    programmed = false;
    Audit found = dataplane.replace(view.planner().plan());
    programmed = true;
    lastAudit = System.nanoTime();
    observer.audited(found);
    if (found.clean()) {
      log.debug("audit: the kernel holds the plan");
    } else {
      drift = drift.plus(found, Instant.now());
      log.warn("audit: the kernel differed from the plan and was repaired: {}", found);
    }
    return !found.clean();
  }

  /** Takes everything of ours out of the kernel, once. */
  void remove() {
    if (!removed) {
      dataplane.remove();
      sweep.forget();
      log.info("removed everything of ours from the kernel, as ordered");
      removed = true;
      programmed = false;
      lastUpdated = Instant.now();
    }
  }

  /** What the kernel holds is not known any more. */
  void doubt() {
    programmed = false;
    removed = false;
  }

  /** Time until an audit is due; zero when it is, very long when there is none. */
  Duration untilAudit(Orders orders) {
    if (!programmed || orders.auditInterval().isZero()) {
      return Duration.ofDays(1);
    }
    long left = lastAudit + orders.auditInterval().toNanos() - System.nanoTime();
    return Duration.ofNanos(Math.max(left, 0));
  }

  /** {@code System.nanoTime} of the last write. */
  long lastWrite() {
    return lastWrite;
  }

  /** When the kernel was last known to hold what it should; null: never. */
  @Nullable Instant lastUpdated() {
    return lastUpdated;
  }

  /** What audits have found so far. */
  DriftCount drift() {
    return drift;
  }

  /** What could not be done beside the plan. */
  List<String> complaints() {
    return sweep.complaints();
  }

  @Override
  public void close() {
    try (dataplane;
        sweep) {
      log.debug("the kernel keeps its state");
    }
  }
}
