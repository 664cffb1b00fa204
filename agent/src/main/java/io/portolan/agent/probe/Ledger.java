package io.portolan.agent.probe;

import io.portolan.agent.service.IpFamily;
import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.PathProbes;
import io.portolan.api.v1alpha1.ProbePath;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was measured at the revision of now, and how it was before. Not thread-safe. */
final class Ledger {
  /** Connections of a route that say something. */
  static final int ENOUGH = 10;

  /**
   * After so many void connections in a row a route counts as not measured; but where it was
   * measured before the revision, as failed. A revision may cut off the whole node, such as by a
   * conntrack table that is too small, and then nothing answers without the Service either.
   */
  private static final int TOO_MANY_VOIDS = 10;

  private static final int LONGEST = 1024;

  private Assignment assignment;
  private final Map<Route, Window> windows = new TreeMap<>();
  private final Map<Route, Figures> before = new HashMap<>();
  private final Map<Route, Integer> voids = new HashMap<>();
  private @Nullable String obstacle;
  private @Nullable Instant lastFailed;

  /**
   * @param known what the status said of the probes when this process began, null for nothing
   */
  Ledger(Assignment first, @Nullable NodeProbes known) {
    assignment = first;
    if (known != null) {
      boolean same = first.revision().equals(known.revision());
      Objects.requireNonNullElse(known.paths(), List.<PathProbes>of())
          .forEach(path -> remember(path, same));
      Objects.requireNonNullElse(known.before(), List.<PathProbes>of())
          .forEach(path -> remember(path, true));
    }
    open();
  }

  /**
   * Goes on with another assignment. With another revision all begins anew, and what was found so
   * far becomes what was before.
   *
   * @return whether there is anything to measure of which nothing is known
   */
  boolean assign(Assignment now) {
    if (!now.revision().equals(assignment.revision())) {
      windows.forEach(
          (route, window) -> {
            if (window.size() >= ENOUGH) {
              before.put(route, window.figures());
            }
          });
      windows.clear();
      voids.clear();
      lastFailed = null;
    }
    assignment = now;
    return open();
  }

  /** Why the Pod path cannot be measured, whatever the assignment says; null: it can. */
  void obstacle(@Nullable String now) {
    obstacle = now;
  }

  /** Adds a connection; one that is not in the assignment (any more) leaves no trace. */
  void add(Route route, Outcome outcome, Instant at) {
    Window window = windows.get(route);
    if (window == null) {
      return;
    }
    if (outcome.equals(Outcome.VOID)) {
      int row = voids.merge(route, 1, Integer::sum);
      if (row >= TOO_MANY_VOIDS && before.containsKey(route)) {
        fail(window, row == TOO_MANY_VOIDS ? row : 1, at);
      }
      return;
    }
    voids.remove(route);
    if (outcome.equals(Outcome.FAILED)) {
      fail(window, 1, at);
    } else {
      window.add(outcome);
    }
  }

  private void fail(Window window, int times, Instant at) {
    for (int i = 0; i < times; i++) {
      window.add(Outcome.FAILED);
    }
    lastFailed = at;
  }

  /** All of it, for the status. */
  NodeProbes probes() {
    var unmeasured = new ArrayList<String>(assignment.unmeasured());
    var measured = new ArrayList<Route>();
    for (Route route : windows.keySet()) {
      if (route.path() == ProbePath.POD && obstacle != null) {
        unmeasured.add(route + ": " + obstacle);
      } else if (voids.getOrDefault(route, 0) >= TOO_MANY_VOIDS && !before.containsKey(route)) {
        unmeasured.add(
            route + ": endpoints of the probe Service do not answer, not even without the Service");
      } else {
        measured.add(route);
      }
    }
    boolean enough = measured.stream().allMatch(route -> size(route) >= ENOUGH);
    String reasons = String.join("; ", unmeasured);
    return new NodeProbes(
        assignment.revision(),
        enough ? measured.stream().map(this::path).toList() : null,
        enough ? null : before(measured),
        reasons.isEmpty()
            ? null
            : reasons.length() > LONGEST ? reasons.substring(0, LONGEST - 3) + "..." : reasons,
        lastFailed == null ? null : lastFailed.truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private @Nullable List<PathProbes> before(List<Route> measured) {
    List<PathProbes> known =
        measured.stream().filter(before::containsKey).map(this::onlyBefore).toList();
    return known.isEmpty() ? null : known;
  }

  private PathProbes onlyBefore(Route route) {
    PathProbes all = path(route);
    return new PathProbes(
        all.path(),
        all.ipv6(),
        null,
        null,
        null,
        all.sentBefore(),
        all.failedBefore(),
        all.latencyMicrosBefore());
  }

  private boolean open() {
    windows.keySet().retainAll(assignment.routes().keySet());
    boolean fresh = false;
    for (Route route : assignment.routes().keySet()) {
      fresh |= windows.putIfAbsent(route, new Window()) == null;
    }
    return fresh;
  }

  private int size(Route route) {
    Window window = windows.get(route);
    return window == null ? 0 : window.size();
  }

  private PathProbes path(Route route) {
    Figures now = windows.getOrDefault(route, new Window()).figures();
    Figures then = before.get(route);
    return new PathProbes(
        route.path(),
        route.family() == IpFamily.IPV6,
        now.sent(),
        now.failed(),
        now.medianMicros(),
        then == null ? null : Integer.valueOf(then.sent()),
        then == null ? null : Integer.valueOf(then.failed()),
        then == null ? null : then.medianMicros());
  }

  /**
   * Takes from a status how it was before.
   *
   * @param same whether the status is about the revision of now, so that its own figures do not
   *     count
   */
  private void remember(PathProbes path, boolean same) {
    Integer sent = same ? path.sentBefore() : path.sent();
    Integer failed = same ? path.failedBefore() : path.failed();
    if (path.path() == null || sent == null || failed == null) {
      return;
    }
    var family = Boolean.TRUE.equals(path.ipv6()) ? IpFamily.IPV6 : IpFamily.IPV4;
    before.put(
        new Route(path.path(), family),
        new Figures(sent, failed, same ? path.latencyMicrosBefore() : path.latencyMicros()));
  }
}
