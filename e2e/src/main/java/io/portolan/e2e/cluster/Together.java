package io.portolan.e2e.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs steps side by side; the first failure interrupts the others and is the one reported. */
final class Together {
  /** One of the steps. */
  interface Step {
    void run() throws Exception;
  }

  private Together() {}

  static void run(List<Step> steps) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletionService<Object> running = new ExecutorCompletionService<>(threads);
      List<Future<Object>> all = new ArrayList<>();
      for (Step step : steps) {
        all.add(running.submit(callable(step)));
      }
      try {
        for (int i = 0; i < all.size(); i++) {
          running.take().get();
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof ClusterException known) {
          throw known;
        }
        throw new ClusterException(String.valueOf(e.getCause()), e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ClusterException("interrupted", e);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private static Callable<Object> callable(Step step) {
    return () -> {
      step.run();
      return step;
    };
  }
}
