package io.portolan.agent.probe;

import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.PathProbes;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides what of the figures the status shows: they move with every connection, and a quiet
 * cluster must write nothing. Told are a new revision, the first figures of it, failures (at most
 * every two seconds), their end, and that the last of them has left the windows. Not thread-safe;
 * times are those of {@code System.nanoTime}.
 */
final class Publication {
  private static final Duration BETWEEN_FAILURES = Duration.ofSeconds(2);
  private static final int CALM_ROUNDS = 30;

  private @Nullable NodeProbes told;
  private long toldAt;
  private boolean failing;
  private boolean owed;
  private int calm;

  /** Whether connections have begun to fail and not yet stopped. */
  boolean failing() {
    return failing;
  }

  /**
   * Takes the figures without a round having been made.
   *
   * @return whether they are to be told
   */
  boolean take(NodeProbes now, long at) {
    if (told == null || !Objects.equals(told.revision(), now.revision())) {
      failing = false;
      owed = false;
      calm = 0;
    }
    return tell(now, at, false);
  }

  /**
   * Takes the figures after a round.
   *
   * @param failed whether a connection of the round failed
   * @return whether they are to be told
   */
  boolean round(NodeProbes now, boolean failed, long at) {
    boolean over = false;
    if (failed) {
      failing = true;
      owed = true;
      calm = 0;
    } else if (failing && ++calm == CALM_ROUNDS) {
      failing = false;
      over = true;
    }
    return tell(now, at, over);
  }

  private boolean tell(NodeProbes now, long at, boolean over) {
    NodeProbes last = told;
    boolean due = owed && now.paths() != null && at - toldAt >= BETWEEN_FAILURES.toNanos();
    if (last != null && !over && !due && sameShape(last, now) && !cleared(last, now)) {
      return false;
    }
    told = now;
    toldAt = at;
    owed &= now.paths() == null;
    return true;
  }

  private static boolean sameShape(NodeProbes a, NodeProbes b) {
    return Objects.equals(a.revision(), b.revision())
        && Objects.equals(a.unmeasured(), b.unmeasured())
        && Objects.equals(routes(a), routes(b));
  }

  private static @Nullable List<String> routes(NodeProbes probes) {
    return probes.paths() == null
        ? null
        : probes.paths().stream().map(path -> path.path() + " " + path.ipv6()).toList();
  }

  private static boolean cleared(NodeProbes last, NodeProbes now) {
    return now.paths() != null && failures(last) > 0 && failures(now) == 0;
  }

  private static int failures(NodeProbes probes) {
    List<PathProbes> paths = probes.paths() == null ? List.of() : probes.paths();
    return paths.stream().mapToInt(path -> path.failed() == null ? 0 : path.failed()).sum();
  }
}
