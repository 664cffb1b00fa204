package io.portolan.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.IntPredicate;

/**
 * Services that are asked in the place of all. Each look is a new connection from the client's
 * namespace, so that what counts is what packets meet.
 */
final class Sentinels {
  /** A Service's address, and which backends are the expected ones. */
  record Expectation(int address, IntPredicate backend) {}

  private static final int PARALLEL = 8;

  private final Testbed testbed;
  private final Running running;

  Sentinels(Testbed testbed, Running running) {
    this.testbed = testbed;
    this.running = running;
  }

  /**
   * Waits until every one has given the expected answer once.
   *
   * @param since {@link System#nanoTime}
   * @return nanoseconds from then to the last one's answer
   */
  long await(List<Expectation> all, long since, Duration limit) {
    return join(
        testbed
            .clients()
            .submit(
                () -> {
                  var waiting = new ArrayList<>(all);
                  while (true) {
                    waiting.removeIf(each -> each.backend().test(Prober.ask(each.address())));
                    if (waiting.isEmpty()) {
                      return System.nanoTime() - since;
                    }
                    check(since, limit, waiting.size() + " of " + all.size() + " Services");
                    Prober.pause(since);
                  }
                }));
  }

  /**
   * Waits until none is answered any more, not even by a Service that comes late in the list.
   *
   * @return nanoseconds from then to when the last one was seen to fail
   */
  long awaitGone(List<Integer> addresses, long since, Duration limit) {
    List<Future<Long>> all = new ArrayList<>();
    for (int n = 0; n < PARALLEL; n++) {
      int first = n;
      all.add(
          testbed
              .clients()
              .submit(
                  () -> {
                    long last = 0;
                    for (int i = first; i < addresses.size(); i += PARALLEL) {
                      last = Math.max(last, gone(addresses.get(i), since, limit));
                    }
                    return last;
                  }));
    }
    return all.stream().mapToLong(Sentinels::join).max().orElse(0);
  }

  /** When the answers of one begin to fail; if they do already, then now. */
  private long gone(int address, long since, Duration limit) {
    while (true) {
      long looked = System.nanoTime();
      if (Prober.ask(address) == Prober.NOBODY) {
        return looked - since;
      }
      check(since, limit, "the end of " + Population.dotted(address));
      Prober.pause(since);
    }
  }

  private void check(long since, Duration limit, String what) {
    running.check();
    if (System.nanoTime() - since > limit.toNanos()) {
      throw new BenchException(
          "waited %d s for %s; the log ends with:\n%s"
              .formatted(limit.toSeconds(), what, running.lastLines()));
    }
  }

  static <T> T join(Future<T> work) {
    try {
      return work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BenchException known) {
        throw known;
      }
      throw new BenchException(String.valueOf(e.getCause()), e);
    }
  }
}
