package io.portolan.operator.controller;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/**
 * Requests to the API server that have no order among themselves, a few at the same time: more
 * would only wait in its queues (KEP-1040), where the agents' requests wait as well.
 */
final class AtOnce {
  private static final int REQUESTS = 16;

  private AtOnce() {}

  /**
   * Does each, and returns when the last one is done.
   *
   * @return whether every request did what it should
   * @throws RuntimeException that of the first request in the list that failed
   */
  static <T> boolean all(List<T> list, Predicate<T> request) {
    if (list.size() == 1) {
      return request.test(list.getFirst());
    }
    var room = new Semaphore(REQUESTS);
    var results = new ArrayList<Future<Boolean>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (T each : list) {
        room.acquireUninterruptibly();
        results.add(
            threads.submit(
                () -> {
                  try {
                    return request.test(each);
                  } finally {
                    room.release();
                  }
                }));
      }
    }
    boolean done = true;
    for (Future<Boolean> result : results) {
      done &= outcome(result);
    }
    return done;
  }

  private static boolean outcome(Future<Boolean> result) {
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
