package io.portolan.agent.probe;

import io.portolan.agent.service.IpFamily;
import io.portolan.api.v1alpha1.ProbePath;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the connections: one on each route, and where one fails, one to each endpoint on another
 * node without the Service. A round takes three seconds at most. Belongs to one thread.
 */
final class Rounds implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Rounds.class);
  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);

  private @Nullable PodPath pod;
  private @Nullable String obstacle;
  private long notBefore = System.nanoTime();

  /** Why the Pod path cannot be measured now; null: it can, as far as is known. */
  @Nullable String obstacle() {
    return obstacle;
  }

  /** Takes the wire of the Pod path away unless the assignment needs it. */
  void keepFor(@Nullable Assignment assignment) {
    if (assignment == null
        || assignment.routes().keySet().stream().noneMatch(r -> r.path() == ProbePath.POD)) {
      close();
      obstacle = null;
    }
  }

  /**
   * Makes one round.
   *
   * @return how each connection went; routes that could not be tried are not among them
   * @throws IOException when this process can open no socket
   */
  Map<Route, Outcome> make(Assignment assignment) throws IOException {
    var targets = new EnumMap<IpFamily, Target>(IpFamily.class);
    assignment.routes().forEach((route, target) -> targets.put(route.family(), target));
    Map<Route, Long> took = new TreeMap<>();
    byPod(of(assignment, ProbePath.POD))
        .forEach((family, nanos) -> took.put(new Route(ProbePath.POD, family), nanos));
    byNode(of(assignment, ProbePath.NODE))
        .forEach((family, nanos) -> took.put(new Route(ProbePath.NODE, family), nanos));
    var suspects = EnumSet.noneOf(IpFamily.class);
    took.forEach(
        (route, nanos) -> {
          if (nanos == Connections.NONE) {
            suspects.add(route.family());
          }
        });
    boolean broken =
        took.entrySet().stream()
                .anyMatch(
                    e -> e.getKey().path() == ProbePath.POD && e.getValue() == Connections.NONE)
            && repaired();
    Set<IpFamily> absent = absent(targets, suspects);
    var outcomes = new TreeMap<Route, Outcome>();
    took.forEach(
        (route, nanos) -> {
          boolean excused =
              absent.contains(route.family()) || (broken && route.path() == ProbePath.POD);
          outcomes.put(
              route,
              nanos != Connections.NONE
                  ? new Outcome.Answered(nanos)
                  : excused ? Outcome.VOID : Outcome.FAILED);
        });
    return outcomes;
  }

  private static Map<IpFamily, Target> of(Assignment assignment, ProbePath path) {
    var targets = new EnumMap<IpFamily, Target>(IpFamily.class);
    assignment
        .routes()
        .forEach(
            (route, target) -> {
              if (route.path() == path) {
                targets.put(route.family(), target);
              }
            });
    return targets;
  }

  private Map<IpFamily, Long> byPod(Map<IpFamily, Target> targets) {
    if (targets.isEmpty() || (pod == null && System.nanoTime() < notBefore)) {
      return Map.of();
    }
    try {
      PodPath path = pod == null ? PodPath.open() : pod;
      pod = path;
      Map<IpFamily, Long> took = path.attempt(targets, LIMIT);
      obstacle = null;
      return took;
    } catch (RuntimeException e) {
      giveUp(e);
      return Map.of();
    }
  }

  private static Map<IpFamily, Long> byNode(Map<IpFamily, Target> targets) throws IOException {
    List<IpFamily> families = List.copyOf(targets.keySet());
    long[] took =
        Connections.attempt(
            targets.values().stream().map(t -> new Connections.Peer(t.ip(), t.port())).toList(),
            LIMIT);
    var result = new EnumMap<IpFamily, Long>(IpFamily.class);
    for (int i = 0; i < took.length; i++) {
      result.put(families.get(i), took[i]);
    }
    return result;
  }

  /** Whether a failure of the Pod path may be the wire's. */
  private boolean repaired() {
    PodPath path = pod;
    if (path == null) {
      return true;
    }
    try {
      boolean repaired = path.repair();
      if (repaired) {
        log.warn("someone took away the route or the neighbour of {}: restored", PodPath.OUTER);
      }
      return repaired;
    } catch (RuntimeException e) {
      giveUp(e);
      return true;
    }
  }

  /** The families in which an endpoint on another node does not answer directly either. */
  private static Set<IpFamily> absent(Map<IpFamily, Target> targets, Set<IpFamily> suspects)
      throws IOException {
    var peers = new ArrayList<Connections.Peer>();
    targets.forEach(
        (family, target) -> {
          if (suspects.contains(family)) {
            target.others().forEach(e -> peers.add(new Connections.Peer(e.ip(), e.port())));
          }
        });
    var absent = EnumSet.noneOf(IpFamily.class);
    if (!peers.isEmpty()) {
      long[] took = Connections.attempt(peers, LIMIT);
      for (int i = 0; i < took.length; i++) {
        if (took[i] == Connections.NONE) {
          absent.add(peers.get(i).ip().family());
        }
      }
    }
    return absent;
  }

  private void giveUp(RuntimeException e) {
    String reason = e.getMessage() == null ? e.toString() : e.getMessage();
    if (!reason.equals(obstacle)) {
      log.warn("the Pod path cannot be measured", e);
    }
    close();
    obstacle = reason;
    notBefore = System.nanoTime() + AFTER_FAILURE.toNanos();
  }

  /** Takes the wire of the Pod path away. */
  @Override
  public void close() {
    PodPath path = pod;
    pod = null;
    if (path != null) {
      try {
        path.close();
      } catch (RuntimeException e) {
        log.warn("cannot remove {}; the next agent will", PodPath.OUTER, e);
      }
    }
  }
}
