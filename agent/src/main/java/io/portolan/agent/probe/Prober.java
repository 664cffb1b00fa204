package io.portolan.agent.probe;

import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.switching.Tryout;
import io.portolan.agent.sync.SyncObserver;
import io.portolan.api.v1alpha1.NodeProbes;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects through the probe Service all the time, on a thread of its own, and tells how that goes.
 * It follows the sync loop and never holds it up; whatever fails here is logged and tried again.
 */
public final class Prober implements SyncObserver, Tryout, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Prober.class);
  private static final Duration END = Duration.ofSeconds(2);
  private static final Duration TRIAL = Duration.ofSeconds(8);

  /** A trial, and the last round of it. */
  private static final Duration VERDICT = Duration.ofSeconds(12);

  private static final Duration BETWEEN_TRIED = Duration.ofMillis(50);

  private final @Nullable ServiceName service;
  private final ProbeObserver observer;

  /** Started by the thread that starts this, and so in its network namespace. */
  private final Thread thread = Thread.ofPlatform().daemon().name("probe").unstarted(this::run);

  // Guarded by this.
  private final Pace pace = new Pace();
  private Publication publication = new Publication();
  private @Nullable NodeProbes known;
  private @Nullable Ledger ledger;
  private @Nullable Assignment assignment;
  private boolean changed;
  private boolean ending;

  /** A trial that someone waits for. */
  private @Nullable CompletableFuture<Optional<String>> verdict;

  private @Nullable Trial trial;

  /**
   * @param service the probe Service, null: there is none, and nothing is measured
   */
  public Prober(@Nullable ServiceName service, ProbeObserver observer) {
    this.service = service;
    this.observer = observer;
  }

  /** Starts in the network namespace of this thread; returns at once. */
  public void start() {
    thread.start();
  }

  /**
   * What the status of the node says of the probes; it counts until the first revision.
   *
   * @param probes null for nothing
   */
  public synchronized void known(@Nullable NodeProbes probes) {
    if (ledger == null) {
      known = probes;
    }
  }

  @Override
  public void programmed(
      String revision, NodeFacts node, Function<PortKey, @Nullable PortPlan> ports) {
    try {
      assign(Assignment.of(revision, node, service, ports));
    } catch (RuntimeException e) {
      log.error("the probes do not follow revision {}", revision, e); // The loop goes on.
    }
  }

  private synchronized void assign(Assignment now) {
    if (now.equals(assignment)) {
      return;
    }
    assignment = now;
    boolean fresh;
    if (ledger == null) {
      ledger = new Ledger(now, known);
      fresh = true;
    } else {
      fresh = ledger.assign(now);
    }
    if (fresh) {
      pace.begin(System.nanoTime());
    }
    tell(publication.take(ledger.probes(), System.nanoTime()), ledger);
    changed = true;
    notifyAll();
  }

  @Override
  public synchronized void removed() {
    if (assignment != null) {
      assignment = null;
      ledger = null;
      known = null;
      publication = new Publication();
      changed = true;
      notifyAll();
    }
  }

  /** The rounds for the status rest meanwhile: they are not of the revision that is in force. */
  @Override
  public Optional<String> objection(Plan plan, boolean everyone) {
    var wanted = new Trial(Assignment.of("", plan.node(), service, plan.ports()::get), everyone);
    if (wanted.over()) {
      log.info("not tried by probes: {}", wanted.assignment().unmeasured());
      return Optional.empty();
    }
    var answer = new CompletableFuture<Optional<String>>();
    synchronized (this) {
      trial = wanted;
      verdict = answer;
      notifyAll();
    }
    try {
      return answer.get(VERDICT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      log.warn("the trial was not made", e);
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      synchronized (this) {
        trial = null;
        verdict = null;
      }
    }
  }

  /** Ends, and takes away what this made in the node; waits two seconds for it at most. */
  @Override
  public void close() {
    synchronized (this) {
      ending = true;
      notifyAll();
    }
    try {
      thread.join(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try (var rounds = new Rounds()) {
      while (await()) {
        tried(rounds);
        Assignment now = turn();
        rounds.keepFor(now);
        if (now != null && due()) {
          round(rounds, now);
        }
      }
    } catch (InterruptedException e) {
      log.debug("probe stops");
    }
  }

  private void tried(Rounds rounds) throws InterruptedException {
    Trial wanted;
    CompletableFuture<Optional<String>> answer;
    synchronized (this) {
      wanted = trial;
      answer = verdict;
      trial = null;
      verdict = null;
    }
    if (wanted == null || answer == null) {
      return;
    }
    try {
      long end = System.nanoTime() + TRIAL.toNanos();
      while (!wanted.over() && System.nanoTime() < end) {
        wanted.add(rounds.make(wanted.assignment()));
        Thread.sleep(BETWEEN_TRIED);
      }
      answer.complete(wanted.objection());
    } catch (IOException | RuntimeException e) {
      log.warn("the trial was given up", e);
      answer.complete(Optional.empty());
    }
  }

  private void round(Rounds rounds, Assignment now) {
    try {
      Map<Route, Outcome> outcomes = rounds.make(now);
      outcomes.forEach(observer::probed);
      record(now, outcomes, rounds.obstacle());
    } catch (IOException | RuntimeException e) {
      log.warn("a round of probes was given up", e);
    }
  }

  /** Waits until there is something to do; false at the end. */
  private synchronized boolean await() throws InterruptedException {
    while (!ending && !changed && trial == null) {
      if (assignment == null || assignment.routes().isEmpty()) {
        wait();
        continue;
      }
      long left = pace.untilNext(System.nanoTime()).toNanos();
      if (left <= 0) {
        break;
      }
      wait(left / 1_000_000 + 1);
    }
    return !ending;
  }

  private synchronized @Nullable Assignment turn() {
    changed = false;
    return assignment;
  }

  /** Whether a round is due, which then begins. */
  private synchronized boolean due() {
    long now = System.nanoTime();
    if (assignment == null || assignment.routes().isEmpty() || !pace.untilNext(now).isZero()) {
      return false;
    }
    pace.round(now);
    return true;
  }

  private synchronized void record(
      Assignment during, Map<Route, Outcome> outcomes, @Nullable String obstacle) {
    Ledger to = ledger;
    if (to == null
        || assignment == null
        || !Objects.equals(assignment.revision(), during.revision())) {
      return; // The kernel may have held either revision meanwhile.
    }
    Instant at = Instant.now();
    outcomes.forEach((route, outcome) -> to.add(route, outcome, at));
    to.obstacle(obstacle);
    boolean failed = outcomes.containsValue(Outcome.FAILED);
    boolean before = publication.failing();
    tell(publication.round(to.probes(), failed, System.nanoTime()), to);
    if (!before && failed) {
      log.warn("connections through the probe Service begin to fail: {}", outcomes);
    } else if (before && !publication.failing()) {
      log.info("connections through the probe Service no longer fail");
    }
  }

  private void tell(boolean wanted, Ledger from) {
    if (wanted) {
      observer.found(from.probes());
    }
  }
}
