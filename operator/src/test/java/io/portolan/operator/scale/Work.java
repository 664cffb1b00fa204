package io.portolan.operator.scale;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Requests of the played cluster: each after its time, and not too many at once. */
final class Work implements AutoCloseable {
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore room;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  Work(int atOnce) {
    room = new Semaphore(atOnce);
  }

  /** Does it once, after a random time between these two. */
  void after(int leastMs, int mostMs, Runnable request) {
    try {
      ScheduledFuture<?> soon =
          clock.schedule(
              () -> now(request),
              ThreadLocalRandom.current().nextInt(leastMs, mostMs + 1),
              TimeUnit.MILLISECONDS);
      assert soon != null;
    } catch (RejectedExecutionException e) {
      // It is over.
    }
  }

  /** Does it as soon as there is room. */
  void now(Runnable request) {
    Future<?> running = threads.submit(() -> run(request));
    assert running != null;
  }

  private void run(Runnable request) {
    room.acquireUninterruptibly();
    try {
      request.run();
    } catch (KubernetesClientException e) {
      // Deleted or written meanwhile: a watch tells. Anything else is a fault of this run.
      if (e.getCode() != 404 && e.getCode() != 409) {
        failure.compareAndSet(null, e);
      }
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    } finally {
      room.release();
    }
  }

  void mustBeWell() {
    Throwable what = failure.get();
    if (what != null) {
      throw new IllegalStateException("the played cluster failed", what);
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
    threads.shutdownNow();
    try {
      threads.awaitTermination(Duration.ofSeconds(5).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
