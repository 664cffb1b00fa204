package io.portolan.operator.rollout;

import io.portolan.operator.rollout.SimulatedServer.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One random run: a fleet with a good revision, one to three changes of which some are bad, and
 * faults; then quiet, until it ends. The promises are checked on the way and at the end. In one of
 * four the first change is a takeover, which may be bad as well, for it has a baseline.
 */
final class SimulatedRun {
  private static final Duration SOAK = Duration.ofSeconds(24);
  private static final Duration TIMEOUT = Duration.ofSeconds(40);
  private static final Duration TICK = Duration.ofSeconds(2);
  private static final int CHAOS = 40;
  private static final int QUIET = 500;

  private final Random random;
  private final SimulatedServer server;
  private final List<String> zones = List.of("a", "b", "c");
  private SimulatedLeader leader;
  private @Nullable Instant failedAt;
  private @Nullable String failed;
  private Phase phase = new Phase.Idle();
  private int joined;
  private boolean chaotic;

  SimulatedRun(long seed) {
    random = new Random(seed);
    int slowest = random.nextInt(5);
    server = new SimulatedServer(random, policy(), slowest, true);
    int count = 2 + random.nextInt(11);
    for (int i = 0; i < count; i++) {
      join();
    }
    boolean takeover = seed % 4 == 0;
    server.baseline = takeover ? "baseline" : null;
    server.kinds.put("baseline", Kind.GOOD);
    change(takeover ? anyKind() : Kind.GOOD);
    leader = new SimulatedLeader(server);
  }

  SimulatedServer server() {
    return server;
  }

  private RolloutPolicy policy() {
    var waves = new ArrayList<Wave>();
    waves.add(new Wave.Canary(1 + random.nextInt(2), null));
    if (random.nextBoolean()) {
      waves.add(new Wave.Share(new Amount(25, true)));
    }
    if (random.nextInt(3) == 0) {
      waves.add(new Wave.Zones(Set.of("b")));
    }
    waves.add(new Wave.Rest());
    return new RolloutPolicy(
        false,
        false,
        random.nextBoolean()
            ? new Amount(1 + random.nextInt(3), false)
            : new Amount(10 + random.nextInt(40), true),
        waves,
        SOAK,
        SOAK,
        false,
        random.nextInt(4) > 0,
        TIMEOUT,
        List.of(),
        Fleets.BOUNDS);
  }

  private void join() {
    server.join("n%02d".formatted(joined++), zones.get(random.nextInt(zones.size())));
  }

  private void change(Kind kind) {
    server.update = "r" + server.kinds.size();
    server.kinds.put(server.update, kind);
    server.say("spec asks for " + server.update + ", which is " + kind);
  }

  /** Runs to the end; the phase it ended in. */
  Phase run() {
    for (int i = 0; i < QUIET && !begun(); i++) {
      tick(1);
    }
    if (!begun()) {
      throw new AssertionError("the first revision did not come to its end: " + phase);
    }
    chaotic = true;
    int changes = 1 + random.nextInt(2);
    for (int c = 0; c < changes; c++) {
      change(anyKind());
      int chaos = random.nextInt(CHAOS);
      for (int i = 0; i < chaos; i++) {
        fault();
        tick(0.5);
      }
    }
    if (random.nextInt(6) == 0 && server.state.good() != null) {
      server.update = Objects.requireNonNull(server.state.good());
      server.say("spec asks for the good one again");
    }
    heal();
    // Complete by news that is not the newest is no end.
    for (int i = 0;
        i < QUIET && (!ended() || (phase instanceof Phase.Complete && !server.settled()));
        i++) {
      tick(0.9);
    }
    check();
    return phase;
  }

  /** Something is good: the first revision, or the baseline of one that failed. */
  private boolean begun() {
    return server.baseline == null ? phase instanceof Phase.Complete : ended();
  }

  private Kind anyKind() {
    return switch (random.nextInt(4)) {
      case 0 -> Kind.BAD;
      case 1 -> Kind.COLLAPSING;
      case 2 -> Kind.CUTTING;
      default -> Kind.GOOD;
    };
  }

  private void tick(double heard) {
    server.pass(TICK);
    leader.hear(heard);
    if (random.nextInt(12) == 0) {
      leader.killedAfter(1 + random.nextInt(4));
    }
    if (random.nextInt(20) == 0) {
      leader.heldUp(random.nextInt(4), this::another);
    }
    SimulatedLeader acting = leader;
    try {
      Phase found = acting.run().plan().phase();
      // What one that was replaced meanwhile believes does not count.
      phase = acting == leader ? found : new Phase.Idle();
    } catch (SimulatedLeader.Killed e) {
      leader = new SimulatedLeader(server);
      phase = new Phase.Idle();
    }
    watchRollback();
  }

  /**
   * While a leader is held up the world goes on: the spec or the nodes may change, and another
   * leader takes over and stays in place of it.
   */
  private void another() {
    if (chaotic && random.nextBoolean()) {
      change(random.nextInt(3) == 0 ? Kind.BAD : Kind.GOOD);
    }
    if (chaotic && random.nextBoolean()) {
      List.copyOf(server.nodes.keySet())
          .forEach(
              n -> {
                if (random.nextInt(3) == 0) {
                  server.reach(n, random.nextBoolean());
                }
              });
    }
    var next = new SimulatedLeader(server);
    int passes = 1 + random.nextInt(8);
    for (int i = 0; i < passes; i++) {
      next.hear(0.7);
      next.run();
      server.pass(TICK);
    }
    leader = next;
  }

  private void fault() {
    List<String> names = List.copyOf(server.nodes.keySet());
    String victim = names.get(random.nextInt(names.size()));
    switch (random.nextInt(24)) {
      case 0 -> {
        if (server.nodes.size() > 2) {
          server.leave(victim);
        }
      }
      case 1 -> join();
      case 2, 3 -> server.reach(victim, false);
      case 4, 5, 6 -> names.forEach(n -> server.reach(n, true));
      case 7 -> {
        server.hangsUntil.put(victim, server.now.plus(Duration.ofSeconds(random.nextInt(60))));
        server.say(victim + " hangs");
      }
      default -> {}
    }
  }

  private void heal() {
    chaotic = false;
    server.hangsUntil.clear();
    List.copyOf(server.nodes.keySet()).forEach(n -> server.reach(n, true));
    server.say("everything is healed");
  }

  private boolean ended() {
    return server.update.equals(server.state.target())
        && (phase instanceof Phase.Complete
            || phase instanceof Phase.RolledBack
            || phase instanceof Phase.Failed);
  }

  /** From the failure that is written down until no node has the revision: twice the soak. */
  private void watchRollback() {
    Failure failure = server.state.failure();
    if (failure == null || !server.policy.rollback()) {
      failedAt = null;
      failed = null;
      return;
    }
    if (!failure.revision().equals(failed)) {
      failed = failure.revision();
      failedAt = server.now;
    }
    boolean left =
        server.nodes.values().stream().anyMatch(n -> failure.revision().equals(n.assigned()));
    if (left
        && failedAt != null
        && Duration.between(failedAt, server.now).compareTo(SOAK.multipliedBy(2)) > 0) {
      throw new AssertionError("still on a node after twice the soak: " + failed);
    }
  }

  private void check() {
    if (!ended()) {
      throw new AssertionError("it does not end: " + phase);
    }
    Kind kind = server.kinds.getOrDefault(server.update, Kind.GOOD);
    if (kind != Kind.GOOD && phase instanceof Phase.Complete) {
      throw new AssertionError(server.update + " is " + kind + ", but was found good");
    }
    if (phase instanceof Phase.Complete && !server.settled()) {
      throw new AssertionError("complete, but not every node is well at " + server.update);
    }
    int canary = server.policy.waves().getFirst().quota(server.nodes.size());
    server.everHad.forEach(
        (revision, had) -> {
          if (server.kinds.get(revision) != Kind.GOOD && had.size() > canary + server.gone) {
            throw new AssertionError(
                "%s is %s and left the canary wave of %d: %s"
                    .formatted(revision, server.kinds.get(revision), canary, had));
          }
        });
  }
}
