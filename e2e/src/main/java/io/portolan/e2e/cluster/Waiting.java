package io.portolan.e2e.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A wait that has an end and says what it waited for. It also ends when one of the programs that
 * must live for it dies, and then shows the last lines of that program's log.
 *
 * @param what what is waited for, as it stands after "waited for"
 * @param bound how long at most
 * @param programs the programs that must live; their logs are the evidence
 */
public record Waiting(String what, Duration bound, List<Program> programs) {
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final int EVIDENCE_LINES = 15;

  /** Looks once. */
  public interface Probe {
    /** What is still missing; empty when all is there. A thrown exception counts as missing. */
    Optional<String> missing() throws Exception;
  }

  public static Waiting on(String what, Duration bound, Program... programs) {
    return new Waiting(what, bound, List.of(programs));
  }

  public void until(Probe probe) {
    long end = System.nanoTime() + bound.toNanos();
    while (true) {
      Optional<String> missing = look(probe);
      if (missing.isEmpty()) {
        return;
      }
      for (Program program : programs) {
        if (!program.alive()) {
          throw failure(program.name() + " died", missing.get());
        }
      }
      if (System.nanoTime() > end) {
        throw failure("waited " + bound.toSeconds() + " s", missing.get());
      }
      pause();
    }
  }

  private Optional<String> look(Probe probe) {
    try {
      return probe.missing();
    } catch (Exception e) {
      Throwable last = e;
      while (last.getCause() != null) {
        last = last.getCause();
      }
      return Optional.of(last.toString());
    }
  }

  private void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("interrupted while waiting for " + what, e);
    }
  }

  private ClusterException failure(String how, String missing) {
    StringBuilder text = new StringBuilder();
    text.append(how).append(" while waiting for ").append(what).append("; at last: ");
    text.append(missing);
    for (Program program : programs) {
      text.append("\n--- last lines of ").append(program.log()).append("\n");
      program.lastLines(EVIDENCE_LINES).forEach(line -> text.append(line).append('\n'));
    }
    return new ClusterException(text.toString());
  }
}
