package io.portolan.agent.sync;

import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.plan.NodeFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries changes of the cluster to the kernel. One thread owns the dataplane; each turn it
 *
 * <ol>
 *   <li>takes every change that is queued, however many, and plans what they touch;
 *   <li>waits on (kernel untouched) while a source was not listed or there are no orders;
 *   <li>writes: {@code replace} with the whole plan the first time, after a failure and after a
 *       removal; {@code apply} with the difference otherwise; {@code remove} when so ordered;
 *   <li>audits by {@code replace} when the time has come, and counts what differed;
 *   <li>ends the flows that what was written has made stale;
 *   <li>tells how the node stands, if that changed.
 * </ol>
 *
 * Changes are never held back, except for {@link Orders#minInterval()} after a write and for the
 * backoff after a failure. Stopping leaves the kernel as it is.
 */
public final class SyncLoop implements AutoCloseable {
  /** A turn is made at least this often, so that a probe can tell a stuck loop. */
  private static final Duration IDLE = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(SyncLoop.class);

  private final LinkedBlockingQueue<Change> queue = new LinkedBlockingQueue<>();
  private final ClusterView view;
  private final KernelWrites kernel;
  private final NodeTuning tuning;
  private final SyncObserver observer;
  private final Backoff backoff;
  private final Thread thread = Thread.ofPlatform().name("sync").unstarted(this::run);

  private int failures;
  private long notBefore = System.nanoTime();

  private volatile boolean stopping;
  private volatile long lastTurn = System.nanoTime();

  /** When the oldest change that is not in the kernel was seen; 0: none. */
  private volatile long outstandingSince;

  private volatile @Nullable Instant lastUpdated;
  private volatile SyncState state =
      new SyncState(SyncState.Phase.WAITING, "starting", 0, null, DriftCount.NONE, List.of(), null);

  /**
   * @param nodeName the own node
   * @param opener opens the dataplane
   * @param cleaner opens what ends stale flows
   */
  public SyncLoop(
      String nodeName,
      Supplier<? extends Dataplane> opener,
      Supplier<? extends FlowCleaner> cleaner,
      NodeTuning tuning,
      SyncObserver observer,
      Backoff backoff) {
    this.view = new ClusterView(nodeName);
    this.kernel = new KernelWrites(view, opener, cleaner, tuning, observer);
    this.tuning = tuning;
    this.observer = observer;
    this.backoff = backoff;
  }

  /** Starts the thread. */
  public void start() {
    thread.start();
  }

  /** Queues a change; any thread may. */
  public void offer(Change change) {
    queue.add(change);
  }

  /** Number of queued changes. */
  public int pending() {
    return queue.size();
  }

  /** For probes; any thread may ask. */
  public SyncHealth health() {
    long now = System.nanoTime();
    long since = outstandingSince;
    return new SyncHealth(
        thread.isAlive(),
        Duration.ofNanos(now - lastTurn),
        lastUpdated,
        since == 0 ? Duration.ZERO : Duration.ofNanos(now - since),
        state.phase());
  }

  /** Stops the thread, for at most a second waits for it; the kernel keeps its state. */
  @Override
  public void close() {
    stopping = true;
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try (kernel) {
      while (!stopping) {
        absorb(queue.poll(patience(), TimeUnit.NANOSECONDS));
        lastTurn = System.nanoTime();
        if (!stopping) {
          step();
        }
      }
    } catch (InterruptedException e) {
      log.debug("sync stops");
    }
  }

  private void absorb(@Nullable Change first) {
    if (first == null) {
      return;
    }
    if (outstandingSince == 0) {
      outstandingSince = System.nanoTime();
    }
    var taken = new ArrayList<Change>();
    taken.add(first);
    queue.drainTo(taken);
    for (Change change : taken) {
      try {
        view.absorb(change);
      } catch (RuntimeException e) {
        // One object that we misread must not stop the others.
        log.error("left out: {}", change, e);
      }
    }
    view.tellChanges(observer);
  }

  private long patience() {
    long wait = IDLE.toNanos();
    Orders orders = view.orders();
    if (orders != null && view.missing().isEmpty()) {
      long now = System.nanoTime();
      if (outstandingSince != 0) {
        wait = Math.min(wait, notBefore - now);
      } else {
        wait = Math.min(wait, kernel.untilAudit(orders).toNanos());
      }
    }
    return Math.max(wait, 0);
  }

  private void step() {
    Orders orders = view.orders();
    Change.Refused refused = view.refused();
    if (!view.missing().isEmpty()) {
      tell(SyncState.Phase.WAITING, "not listed yet: " + view.missing(), 0, state.held());
    } else if (orders == null && refused != null) {
      tell(SyncState.Phase.REFUSED, refused.reason(), refused.generation(), state.held());
    } else if (orders == null) {
      tell(SyncState.Phase.WAITING, "no NodeProxy has the name of this node", 0, state.held());
    } else {
      tuning.follow(orders);
      if (System.nanoTime() - notBefore >= 0) {
        write(orders, refused);
      }
    }
  }

  private void write(Orders orders, Change.@Nullable Refused refused) {
    try {
      SyncState.Held held = null;
      if (orders.removed()) {
        kernel.remove();
        observer.serves(List.of(), NodeFacts.NONE);
        observer.removed();
      } else {
        held = kernel.program(orders, state.held());
        observer.serves(view.planner().healthChecks(), view.planner().plannedFacts());
        observer.programmed(orders.revision(), view.planner().plannedFacts(), view.planner()::port);
      }
      lastUpdated = kernel.lastUpdated();
      notBefore = kernel.lastWrite() + orders.minInterval().toNanos();
      failures = 0;
      outstandingSince = 0;
      if (refused != null) {
        tell(SyncState.Phase.REFUSED, refused.reason(), refused.generation(), held);
      } else if (held == null) {
        tell(SyncState.Phase.REMOVED, "nothing of ours in the kernel", orders.generation(), null);
      } else {
        tell(SyncState.Phase.SYNCED, "", orders.generation(), held);
      }
    } catch (RuntimeException e) {
      fail(orders, e);
    }
  }

  private void fail(Orders orders, RuntimeException e) {
    kernel.doubt();
    failures++;
    if (outstandingSince == 0) {
      outstandingSince = System.nanoTime();
    }
    Duration wait = backoff.after(failures);
    notBefore = System.nanoTime() + wait.toNanos();
    log.warn("the kernel refused, next try in {} ms", wait.toMillis(), e);
    observer.failed();
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    tell(SyncState.Phase.FAILED, message, orders.generation(), state.held());
  }

  private void tell(
      SyncState.Phase phase, String message, long generation, SyncState.@Nullable Held held) {
    var complaints = new ArrayList<String>(tuning.complaints());
    complaints.addAll(kernel.complaints());
    var now =
        new SyncState(
            phase,
            message,
            generation,
            held,
            kernel.drift(),
            List.copyOf(complaints),
            tuning.conntrack());
    if (!now.equals(state)) {
      state = now;
      observer.state(now);
    }
  }
}
