package io.portolan.agent.switching;

import io.portolan.agent.dataplane.DataplaneException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * The thread for what takes long, so that the loop goes on meanwhile. It is started by the loop's
 * thread, and so is in its network namespace.
 */
final class Worker implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(1);

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("switch").factory());
  private final Runnable ended;

  /**
   * @param ended told after each task, on the worker's thread
   */
  Worker(Runnable ended) {
    this.ended = ended;
  }

  /** Begins a task after those before it. */
  <T> Task<T> start(Callable<T> work) {
    var task =
        new FutureTask<T>(work) {
          // Not sooner: who is told must find it done, for nobody tells again.
          @Override
          protected void done() {
            ended.run();
          }
        };
    thread.execute(task);
    return new Task<>(task);
  }

  /** Lets the task that runs know that it shall end, and waits a second for it. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      thread.awaitTermination(END.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Something that was begun. */
  record Task<T>(Future<T> future) {
    boolean done() {
      return future.isDone();
    }

    /**
     * Its result; to be asked for when it is done.
     *
     * @throws RuntimeException what it failed with
     */
    T result() {
      try {
        return future.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException failure) {
          throw failure;
        }
        throw new DataplaneException(String.valueOf(e.getCause()), e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DataplaneException("interrupted", e);
      }
    }
  }
}
