package io.portolan.agent.sync;

import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.others.Neighbours;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.switching.Modes;
import io.portolan.agent.switching.Standing;
import io.portolan.agent.switching.Tryout;
import io.portolan.api.v1alpha1.TakeoverFrom;
import io.portolan.api.v1alpha1.TakeoverPhase;
import io.portolan.api.v1alpha1.TakeoverStatus;
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

  /** While the next proxy is about to begin, and shall know our clients. */
  private static final Duration WATCHFUL = Duration.ofMillis(250);

  private static final int LONGEST_WORDS = 1024;

  private static final Logger log = LoggerFactory.getLogger(SyncLoop.class);

  private final LinkedBlockingQueue<Change> queue = new LinkedBlockingQueue<>();
  private final ClusterView view;
  private final KernelWrites kernel;
  private final Surroundings surroundings;
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
      new SyncState(
          SyncState.Phase.WAITING,
          "starting",
          0,
          null,
          DriftCount.NONE,
          List.of(),
          null,
          null,
          List.of());

  /**
   * @param nodeName the own node
   * @param variants every way to program the kernel, the best first
   * @param tryout tries a mode before and after it takes over
   * @param neighbours finds other service proxies
   * @param cleaner opens what ends stale flows
   */
  public SyncLoop(
      String nodeName,
      List<? extends Variant> variants,
      Tryout tryout,
      Neighbours neighbours,
      Supplier<? extends FlowCleaner> cleaner,
      NodeTuning tuning,
      SyncObserver observer,
      Backoff backoff) {
    this.view = new ClusterView(nodeName);
    var modes =
        new Modes(variants, tryout, neighbours.memory(), () -> offer(new Change.Progress()));
    this.kernel = new KernelWrites(view, modes, cleaner, tuning, observer);
    this.surroundings = new Surroundings(neighbours);
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
      lookAround();
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

  /** While the API server lists: what is there need not be looked for afterwards. */
  private void lookAround() {
    try {
      kernel.look();
      surroundings.look();
    } catch (RuntimeException e) {
      log.debug("looked in vain, and will again", e);
    }
  }

  private void absorb(@Nullable Change first) {
    if (first == null) {
      return;
    }
    var taken = new ArrayList<Change>();
    taken.add(first);
    queue.drainTo(taken);
    taken.removeIf(Change.Progress.class::isInstance);
    if (outstandingSince == 0 && !taken.isEmpty()) {
      outstandingSince = System.nanoTime();
    }
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
      wait = Math.min(wait, surroundings.untilLook().toNanos());
      if (state.phase() == SyncState.Phase.GIVING_BACK) {
        wait = Math.min(wait, WATCHFUL.toNanos());
      }
    }
    return Math.max(wait, 0);
  }

  private void step() {
    Orders orders = view.orders();
    Change.Refused refused = view.refused();
    if (!view.missing().isEmpty()) {
      tell(SyncState.Phase.WAITING, "not listed yet: " + view.missing(), 0, state.held(), null);
    } else if (orders == null && refused != null) {
      tell(SyncState.Phase.REFUSED, refused.reason(), refused.generation(), state.held(), null);
    } else if (orders == null) {
      tell(
          SyncState.Phase.WAITING, "no NodeProxy has the name of this node", 0, state.held(), null);
    } else {
      tuning.follow(orders);
      turn(orders);
    }
  }

  private void turn(Orders orders) {
    try {
      if (System.nanoTime() - notBefore >= 0) {
        Duty duty = surroundings.duty(orders, kernel::serves);
        switch (duty) {
          case SERVE, TAKE_OVER, CLEAN_UP, GIVE_BACK -> serve(orders, duty);
          case LEAVE -> leave(orders);
          case WAIT, STAND_BY -> stayAway(orders, duty);
        }
        failures = 0;
      } else if (state.phase() == SyncState.Phase.SWITCHING) {
        kernel.steer(orders); // Its steps need not keep the distance that writes keep.
      }
    } catch (RuntimeException e) {
      fail(orders, e);
    }
  }

  private void serve(Orders orders, Duty duty) {
    kernel.program(orders, duty == Duty.TAKE_OVER);
    Standing standing = kernel.steer(orders);
    lastUpdated = kernel.lastUpdated();
    notBefore = kernel.lastWrite() + orders.minInterval().toNanos();
    outstandingSince = 0;
    if (duty == Duty.GIVE_BACK) {
      kernel.shareClients();
    }
    if (duty == Duty.CLEAN_UP && standing instanceof Standing.Steady) {
      kernel.takeClients(); // Who was kube-proxy's alone while both served.
      surroundings.cleanUp();
    }
    observer.serves(view.planner().healthChecks(), view.planner().plannedFacts());
    SyncState.Held before = state.held();
    String revision = before == null ? "" : before.revision();
    String reason = before == null ? "" : before.modeReason();
    switch (standing) {
      case Standing.Steady steady -> {
        SyncState.Held held = kernel.held(orders.revision(), steady.chosen().reason());
        if (duty != Duty.GIVE_BACK) {
          observer.programmed(
              orders.revision(), view.planner().plannedFacts(), view.planner()::port);
        }
        steady(orders, duty, held);
      }
      case Standing.Underway underway ->
          tell(
              SyncState.Phase.SWITCHING,
              underway.words(),
              orders.generation(),
              kernel.held(revision, reason),
              takeover(orders, duty, false, underway.words()));
      case Standing.Refused refused ->
          tell(
              SyncState.Phase.SWITCH_FAILED,
              refused.words(),
              orders.generation(),
              kernel.held(revision, reason),
              takeover(orders, duty, false, refused.words()));
    }
  }

  private void steady(Orders orders, Duty duty, SyncState.@Nullable Held held) {
    Change.Refused refused = view.refused();
    if (refused != null) {
      tell(
          SyncState.Phase.REFUSED,
          refused.reason(),
          refused.generation(),
          held,
          takeover(orders, duty, true, ""));
      return;
    }
    SyncState.Phase phase =
        switch (duty) {
          case TAKE_OVER -> SyncState.Phase.TAKING_OVER;
          case GIVE_BACK -> SyncState.Phase.GIVING_BACK;
          default -> SyncState.Phase.SYNCED;
        };
    String words = Words.of(duty, surroundings.others());
    tell(phase, words, orders.generation(), held, takeover(orders, duty, true, words));
  }

  private void leave(Orders orders) {
    boolean removed = kernel.remove(orders);
    outstandingSince = 0;
    observer.serves(List.of(), NodeFacts.NONE);
    if (removed) {
      observer.removed();
    }
    lastUpdated = kernel.lastUpdated();
    if (orders.removed() && removed) {
      tell(
          SyncState.Phase.REMOVED,
          "nothing of ours in the kernel",
          orders.generation(),
          null,
          takeover(orders, Duty.LEAVE, true, ""));
    } else if (!removed) {
      tell(
          SyncState.Phase.SWITCHING,
          "everything of ours is removed",
          orders.generation(),
          state.held(),
          takeover(orders, Duty.GIVE_BACK, true, ""));
    } else {
      surroundings.lookSoon();
    }
  }

  private void stayAway(Orders orders, Duty duty) {
    kernel.remove(orders); // What was prepared, and never opened.
    observer.serves(List.of(), NodeFacts.NONE);
    observer.removed();
    outstandingSince = 0;
    String words = Words.of(duty, surroundings.others());
    tell(
        duty == Duty.WAIT ? SyncState.Phase.OTHER_PROXY : SyncState.Phase.GIVEN_BACK,
        words,
        orders.generation(),
        duty == Duty.WAIT ? null : kernel.nothing(orders.revision()),
        takeover(orders, duty, true, words));
  }

  /** What the status says of a takeover; who took over once has, until it is given back. */
  private @Nullable TakeoverStatus takeover(
      Orders orders, Duty duty, boolean steady, String words) {
    TakeoverPhase phase =
        switch (duty) {
          case TAKE_OVER ->
              steady || orders.taken() ? TakeoverPhase.BESIDE : TakeoverPhase.PREPARING;
          case SERVE, CLEAN_UP -> orders.taken() ? TakeoverPhase.DONE : null;
          case GIVE_BACK -> TakeoverPhase.GIVING_BACK;
          case STAND_BY -> TakeoverPhase.GIVEN_BACK;
          case LEAVE -> orders.taken() ? TakeoverPhase.GIVEN_BACK : null;
          case WAIT -> null;
        };
    String message = words.length() > LONGEST_WORDS ? words.substring(0, LONGEST_WORDS) : words;
    return phase == null
        ? null
        : new TakeoverStatus(TakeoverFrom.KUBE_PROXY, phase, message.isEmpty() ? null : message);
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
    tell(SyncState.Phase.FAILED, message, orders.generation(), state.held(), state.takeover());
  }

  private void tell(
      SyncState.Phase phase,
      String message,
      long generation,
      SyncState.@Nullable Held held,
      @Nullable TakeoverStatus takeover) {
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
            tuning.conntrack(),
            takeover,
            surroundings.others());
    if (!now.equals(state)) {
      state = now;
      observer.state(now);
    }
  }
}
