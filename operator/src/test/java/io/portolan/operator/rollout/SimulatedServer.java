package io.portolan.operator.rollout;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The API server and the agents, invented: objects with versions, nodes that come, go and fail, and
 * agents that answer late, never, or badly. It keeps the books that the promises are held against.
 */
final class SimulatedServer {
  /** How agents take a revision. */
  enum Kind {
    GOOD,
    /** No agent ever becomes ready with it. */
    BAD,
    /** Agents become ready with it, and cease to be after {@link SimulatedServer#COLLAPSE}. */
    COLLAPSING,
    /** Agents are ready with it and all is well by their words, but connections fail. */
    CUTTING
  }

  static final Duration COLLAPSE = Duration.ofSeconds(4);

  final Map<String, SimulatedNode> nodes = new TreeMap<>();
  final Map<String, Kind> kinds = new HashMap<>();
  final Map<String, Set<String>> everHad = new HashMap<>();
  final Map<String, Instant> hangsUntil = new HashMap<>();
  final List<String> log = new ArrayList<>();
  final Random random;
  final int slowest;
  final boolean keepsLog;
  Instant now = Instant.parse("2026-01-01T00:00:00Z");
  RolloutState state = RolloutState.NONE;
  long stateVersion = 1;
  String update = "";
  @Nullable String baseline;
  RolloutPolicy policy;
  Orders orders = Orders.NONE;
  int gone;
  long nodeWrites;
  long stateWrites;
  int mostInFlight;
  int mostUnavailable;
  private final Set<String> inFlight = new HashSet<>();
  private int mostNodes;

  /**
   * @param slowest how many seconds an agent takes at most
   */
  SimulatedServer(Random random, RolloutPolicy policy, int slowest, boolean keepsLog) {
    this.random = random;
    this.policy = policy;
    this.slowest = slowest;
    this.keepsLog = keepsLog;
  }

  void say(String what) {
    if (keepsLog) {
      log.add(
          Duration.between(Instant.parse("2026-01-01T00:00:00Z"), now).toSeconds() + " " + what);
    }
  }

  void join(String name, String zone) {
    nodes.put(
        name,
        new SimulatedNode(name, zone, 0, null, false, now, false, false, null, true, true, now));
    mostNodes = Math.max(mostNodes, nodes.size());
    say(name + " joins");
  }

  void leave(String name) {
    if (nodes.remove(name) != null) {
      gone++;
      inFlight.remove(name);
      say(name + " leaves");
    }
  }

  void reach(String name, boolean reachable) {
    nodes.computeIfPresent(name, (n, node) -> node.reachable(reachable, now));
    if (!reachable) {
      inFlight.remove(name);
    }
    say(name + (reachable ? " reachable" : " unreachable"));
  }

  /** A write on a NodeProxy, by one who saw it so; false when it has another version by now. */
  boolean move(Move move, SimulatedNode seen) {
    SimulatedNode node = nodes.get(move.node());
    if (node == null || node.version() != seen.version()) {
      say("conflict on " + move);
      return false;
    }
    nodeWrites++;
    // Pod and Node change without a new version of the NodeProxy, so nobody can know of a node that
    // was ill by the last news, and has recovered since.
    boolean served = node.available() && seen.available();
    nodes.put(move.node(), node.moved(move.revision(), move.excused(), now));
    everHad.computeIfAbsent(move.revision(), r -> new HashSet<>()).add(move.node());
    say("moves " + move.node() + " to " + move.revision());
    inFlight.remove(move.node());
    if (served && !move.revision().equals(state.good())) {
      inFlight.add(move.node());
    }
    mostInFlight = Math.max(mostInFlight, inFlight.size());
    if (inFlight.size() > budget()) {
      throw new AssertionError("budget %d, but in flight: %s".formatted(budget(), inFlight));
    }
    return true;
  }

  boolean fence(String name, long version) {
    SimulatedNode node = nodes.get(name);
    if (node == null) {
      return true;
    }
    if (node.version() != version) {
      return false;
    }
    nodeWrites++;
    nodes.put(name, node.fenced());
    say("fences " + name);
    return true;
  }

  boolean record(RolloutState next, long version) {
    if (version != stateVersion) {
      say("conflict on the state");
      return false;
    }
    stateWrites++;
    stateVersion++;
    if (next.failure() != null && !next.failure().equals(state.failure())) {
      say("failed: " + next.failure());
    }
    state = next;
    say("state " + next);
    return true;
  }

  /** Time goes on, and agents answer. */
  void pass(Duration time) {
    now = now.plus(time);
    int unavailable = 0;
    for (SimulatedNode node : List.copyOf(nodes.values())) {
      String revision = node.assigned();
      boolean hangs = hangsUntil.getOrDefault(node.name(), Instant.EPOCH).isAfter(now);
      if (hangs == node.podReady()) {
        nodes.put(node.name(), node.podReady(!hangs, now));
      } else if (revision != null && node.reachable() && !hangs) {
        answer(node, revision);
      }
      SimulatedNode after = nodes.get(node.name());
      if (after != null && (after.available() || !after.reachable())) {
        inFlight.remove(node.name());
      }
      unavailable += after == null || after.available() ? 0 : 1;
    }
    mostUnavailable = Math.max(mostUnavailable, unavailable);
  }

  private void answer(SimulatedNode node, String revision) {
    Duration age = Duration.between(node.told(), now);
    Kind kind = kinds.getOrDefault(revision, Kind.GOOD);
    boolean well =
        switch (kind) {
          case GOOD, CUTTING -> true;
          case BAD -> false;
          case COLLAPSING -> age.compareTo(COLLAPSE) < 0;
        };
    boolean due = slowest == 0 || age.toSeconds() >= random.nextInt(slowest + 1);
    if (due && (!node.answered() || node.ready() != well)) {
      nodes.put(node.name(), node.reports(well, now));
    } else if (due && well && node.probes() == null) {
      nodes.put(node.name(), node.probed(kind != Kind.CUTTING));
    }
  }

  int budget() {
    return policy.maxUnavailable().of(mostNodes);
  }

  boolean settled() {
    return nodes.values().stream().allMatch(n -> n.available() && update.equals(n.assigned()));
  }
}
