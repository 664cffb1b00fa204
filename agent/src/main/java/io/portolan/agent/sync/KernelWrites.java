package io.portolan.agent.sync;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.switching.Modes;
import io.portolan.agent.switching.Standing;
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
  private final Modes modes;
  private final FlowSweep sweep;
  private final NodeTuning tuning;
  private final SyncObserver observer;
  private final Instant started = Instant.now();

  private boolean programmed;
  private boolean removed;

  /** Whether nothing of ours serves, as far as that was looked for. */
  private boolean absent;

  private long lastAudit;
  private long lastWrite = System.nanoTime();
  private @Nullable Instant lastUpdated;
  private Instant lastSync = started;
  private DriftCount drift = DriftCount.NONE;

  KernelWrites(
      ClusterView view,
      Modes modes,
      Supplier<? extends FlowCleaner> cleaner,
      NodeTuning tuning,
      SyncObserver observer) {
    this.view = view;
    this.modes = modes;
    this.sweep = new FlowSweep(cleaner, observer);
    this.tuning = tuning;
    this.observer = observer;
  }

  /** Looks at what is there, before there is anything to write. */
  void look() {
    modes.look();
  }

  /** Whether something of ours serves in the kernel, by this process or another one. */
  boolean serves() {
    if (modes.serving() != null) {
      return true;
    }
    absent = absent || !modes.serves();
    return !absent;
  }

  /**
   * Makes the kernel hold the plan.
   *
   * @param beside where nothing of ours serves yet, another proxy does: nothing is opened before it
   *     was tried
   */
  void program(Orders orders, boolean beside) {
    long start = System.nanoTime();
    boolean audit = programmed && modes.serving() != null && untilAudit(orders).isZero();
    if (audit) {
      tuning.repeat(orders);
    }
    PlanDelta delta = view.take();
    boolean whole = !programmed || audit;
    boolean wrote = !programmed || !delta.isEmpty();
    if (!programmed) {
      if (beside && !serves()) {
        modes.prepare(orders.wish());
      } else {
        Audit found = modes.replace(orders.wish(), view.planner().plan());
        log.info("the kernel holds the plan; what differed before: {}", found);
      }
      programmed = true;
      removed = false;
      absent = false;
      lastAudit = System.nanoTime();
    } else if (wrote) {
      // Unless this returns, what the kernel holds is not what the planner thinks.
      programmed = false;
      modes.apply(delta);
      programmed = true;
    }
    if (audit) {
      wrote |= audit(orders);
    }
    Instant now = Instant.now();
    lastUpdated = now;
    if (wrote) {
      lastWrite = System.nanoTime();
      lastSync = now;
      observer.written(Duration.ofNanos(lastWrite - start), view.takeDelays(started, now));
    }
    if (whole) {
      sweep.all(view.planner().plan());
    } else if (wrote) {
      sweep.changed(delta, view.planner()::plan);
    }
    view.warnOfConflicts();
  }

  /** Leads on to the mode that is asked for. */
  Standing steer(Orders orders) {
    return modes.steer(orders.wish(), view.planner()::plan);
  }

  /** Our mode remembers the clients of a proxy that is not ours. */
  void takeClients() {
    modes.takeClients(view.planner().plan());
  }

  /** A proxy that is not ours remembers the clients of our mode. */
  void shareClients() {
    modes.shareClients(view.planner()::plan);
  }

  /**
   * What the kernel holds, if something of ours serves.
   *
   * @param reason why this mode and backend
   */
  SyncState.@Nullable Held held(String revision, String reason) {
    Variant serving = modes.serving();
    return serving == null
        ? null
        : new SyncState.Held(
            revision,
            serving.mode(),
            serving.backend(),
            reason,
            view.planner().services(),
            view.planner().endpoints(),
            lastSync);
  }

  /** The kernel holds nothing of ours, as a revision asks. */
  SyncState.Held nothing(String revision) {
    return new SyncState.Held(revision, null, "", "", 0, 0, lastSync);
  }

  /** Returns whether anything had to be repaired. */
  private boolean audit(Orders orders) {
    programmed = false;
    Audit found = modes.replace(orders.wish(), view.planner().plan());
    programmed = true;
    lastAudit = System.nanoTime();
    modes.tidy(orders.wish());
    observer.audited(found);
    if (found.clean()) {
      log.debug("audit: the kernel holds the plan");
    } else {
      drift = drift.plus(found, Instant.now());
      log.warn("audit: the kernel differed from the plan and was repaired: {}", found);
    }
    return !found.clean();
  }

  /**
   * Takes everything of ours out of the kernel, once: new connections first, then the rest.
   *
   * @return whether it is done
   */
  boolean remove(Orders orders) {
    if (!removed) {
      programmed = false;
      if (!modes.remove(orders.wish(), view.planner()::plan)) {
        return false;
      }
      sweep.forget();
      log.info("removed everything of ours from the kernel, as ordered");
      removed = true;
      absent = true;
      lastUpdated = Instant.now();
    }
    return true;
  }

  /** What the kernel holds is not known any more. */
  void doubt() {
    programmed = false;
    removed = false;
    modes.doubt();
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
    try (modes;
        sweep) {
      log.debug("the kernel keeps its state");
    }
  }
}
