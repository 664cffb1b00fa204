package io.portolan.agent.report;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.agent.probe.ProbeObserver;
import io.portolan.agent.sync.Backoff;
import io.portolan.agent.sync.SyncObserver;
import io.portolan.agent.sync.SyncState;
import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.Versions;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the status of the own NodeProxy equal to how the node stands. It compares what should be
 * with what the API server last showed, so that a lost write, or another hand, is repaired; equal:
 * nothing is written.
 *
 * <p>What others act on (readiness, revision, generation, figures of the probes) goes out at once,
 * at most one write a second; numbers that only move go out every ten seconds; that the node waits
 * for something is told when it has lasted ten seconds, since every start does so for a moment.
 */
public final class StatusReporter implements SyncObserver, ProbeObserver, AutoCloseable {
  private static final Duration BETWEEN_WRITES = Duration.ofSeconds(1);
  private static final Backoff RETRY = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));
  private static final Logger log = LoggerFactory.getLogger(StatusReporter.class);

  private final StatusWriter writer;
  private final Versions versions;
  private final Duration calm;
  private final Thread thread = Thread.ofPlatform().name("report").daemon().unstarted(this::run);

  // Guarded by this.
  private @Nullable SyncState state;
  private long stateSince;
  private boolean exists;
  private @Nullable NodeProxyStatus known;
  private @Nullable NodeProbes probes;
  private long notBefore = System.nanoTime();
  private long lastWrite = System.nanoTime();
  private boolean stopping;

  /** Whether numbers wait for their time: others that only move change nothing about it. */
  private boolean dozing;

  /**
   * @param versions what runs on the node
   * @param calm time between two writes of numbers that only move
   */
  public StatusReporter(
      KubernetesClient client, String nodeName, Versions versions, Duration calm) {
    this.writer = new StatusWriter(client, nodeName);
    this.versions = versions;
    this.calm = calm;
    this.lastWrite = System.nanoTime() - calm.toNanos();
  }

  /** Starts the thread that writes. */
  public void start() {
    thread.start();
  }

  @Override
  public synchronized void state(SyncState now) {
    if (state == null || state.phase() != now.phase()) {
      stateSince = System.nanoTime();
    }
    boolean moved = state != null && now.sameBut(state);
    state = now;
    if (!moved || !dozing) {
      notifyAll();
    }
  }

  @Override
  public synchronized void found(NodeProbes now) {
    probes = now;
    notifyAll();
  }

  /** The own NodeProxy as it is, empty when there is none. */
  public synchronized void observed(Optional<NodeProxy> nodeProxy) {
    exists = nodeProxy.isPresent();
    known = nodeProxy.map(NodeProxy::getStatus).orElse(null);
    notifyAll();
  }

  @Override
  public void close() {
    synchronized (this) {
      stopping = true;
    }
    thread.interrupt();
  }

  private void run() {
    int failures = 0;
    try {
      for (var draft = await(); draft != null; draft = await()) {
        try {
          wrote(writer.write(draft));
          failures = 0;
        } catch (RuntimeException e) {
          failures++;
          Duration wait = RETRY.after(failures);
          log.warn("cannot write the status, next try in {} s", wait.toSeconds(), e);
          synchronized (this) {
            notBefore = System.nanoTime() + wait.toNanos();
          }
        }
      }
    } catch (InterruptedException e) {
      log.debug("report stops");
    }
  }

  private synchronized void wrote(@Nullable NodeProxyStatus answer) {
    exists = answer != null;
    known = answer;
    lastWrite = System.nanoTime();
    notBefore = lastWrite + BETWEEN_WRITES.toNanos();
  }

  /** Waits until something must be written, and returns it; null at the end. */
  private synchronized @Nullable NodeProxyStatus await() throws InterruptedException {
    while (!stopping) {
      SyncState now = state;
      if (!exists || now == null) {
        wait();
        continue;
      }
      NodeProxyStatus draft = StatusDraft.of(now, known, probes, versions, Instant.now());
      if (draft.equals(known)) {
        wait();
        continue;
      }
      long due = notBefore;
      if (now.phase() == SyncState.Phase.WAITING) {
        due = Math.max(due, stateSince + calm.toNanos());
      } else if (!StatusDraft.urgent(known, draft)) {
        due = Math.max(due, lastWrite + calm.toNanos());
      }
      long nanos = due - System.nanoTime();
      if (nanos <= 0) {
        return draft;
      }
      dozing = !StatusDraft.urgent(known, draft);
      wait(nanos / 1_000_000 + 1);
      dozing = false;
    }
    return null;
  }
}
