package io.portolan.agent.vectors;

import io.portolan.agent.vectors.Suite.Entry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Tries the cases of a suite, several at a time. */
final class Runner implements AutoCloseable {
  /** Why a case was not tried. */
  enum Reason {
    MODE,
    LEVEL
  }

  /**
   * What came of a case.
   *
   * @param left why it was not tried; empty when it was
   * @param note more about that, for people
   */
  record Result(Entry entry, Outcome outcome, Optional<Reason> left, String note) {
    boolean failed() {
      return !outcome.failures().isEmpty();
    }
  }

  private final Mode mode;
  private final Level level;
  private final ExecutorService workers;

  /**
   * @param atOnce cases tried at the same time
   */
  Runner(Mode mode, Level level, int atOnce) {
    this.mode = mode;
    this.level = level;
    workers = Executors.newFixedThreadPool(atOnce, Thread.ofPlatform().daemon().factory());
  }

  /**
   * Begins with all cases; the results are in the order of the suite.
   *
   * @param done told of each as soon as it is there, one at a time
   */
  List<Future<Result>> start(Suite suite, Consumer<Result> done) {
    var results = new ArrayList<Future<Result>>();
    for (Entry entry : suite.entries()) {
      results.add(
          workers.submit(
              () -> {
                Result result = run(entry);
                synchronized (this) {
                  done.accept(result);
                }
                return result;
              }));
    }
    return results;
  }

  private Result run(Entry entry) {
    var outcome = new Outcome();
    VectorCase vector = entry.vector();
    if (vector == null) {
      outcome.fail(entry.fault());
      return new Result(entry, outcome, Optional.empty(), "");
    }
    if (!mode.answers(vector)) {
      return new Result(entry, outcome, Optional.of(Reason.MODE), "only for " + vector.modes());
    }
    Optional<String> left = level.leavesOut(vector);
    if (left.isPresent()) {
      return new Result(entry, outcome, Optional.of(Reason.LEVEL), left.get());
    }
    try {
      level.run(vector, outcome);
    } catch (BadCase e) {
      outcome.fail(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      outcome.fail("interrupted");
    } catch (Exception | AssertionError e) {
      var trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      outcome.fail(trace.toString().strip());
    }
    return new Result(entry, outcome, Optional.empty(), "");
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }
}
