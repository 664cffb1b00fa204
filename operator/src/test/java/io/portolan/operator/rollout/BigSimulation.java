package io.portolan.operator.rollout;

import io.portolan.operator.rollout.SimulatedServer.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * {@code make simulate}: a large fleet, one change in each run, and figures. Every fourth change is
 * bad. Not one of the tests, for its figures are for people.
 */
class BigSimulation {
  private static final Duration TICK = Duration.ofSeconds(2);
  private static final int MOST_TICKS = 20_000;

  @Test
  @DisplayName("prints the figures")
  void figures() {
    int nodes = Integer.getInteger("portolan.simulate.nodes", 5000);
    int runs = Integer.getInteger("portolan.simulate.runs", 20);
    long seed = Long.getLong("portolan.simulate.seed", System.nanoTime());
    System.out.printf(
        "%d nodes in 3 zones, maxUnavailable 10%%, canary 1, waves 25%% and rest, soak 1m,"
            + " agents answer in 0 to 8 s, seed %d%n",
        nodes, seed);
    System.out.println(
        "run  change      ended       moved  writes/node  status writes  in flight  unavailable"
            + "  took (simulated)");
    for (int run = 0; run < runs; run++) {
      figures(run, nodes, new Random(seed + run));
    }
  }

  private static void figures(int run, int nodes, Random random) {
    var policy =
        new RolloutPolicy(
            false,
            false,
            Amount.DEFAULT,
            List.of(
                new Wave.Canary(1, null), new Wave.Share(new Amount(25, true)), new Wave.Rest()),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            false,
            true,
            Duration.ofMinutes(5),
            List.of(),
            Fleets.BOUNDS);
    var server = new SimulatedServer(random, policy, 8, false);
    for (int i = 0; i < nodes; i++) {
      server.join("n%05d".formatted(i), "zone-" + i % 3);
    }
    server.kinds.put("r0", Kind.GOOD);
    server.update = "r0";
    var leader = new SimulatedLeader(server);
    Phase phase = new Phase.Idle();
    while (!(phase instanceof Phase.Complete)) {
      phase = pass(server, leader);
    }
    server.nodeWrites = 0;
    server.stateWrites = 0;
    server.mostUnavailable = 0;
    server.mostInFlight = 0;
    Kind kind = run % 4 == 3 ? Kind.BAD : Kind.GOOD;
    server.kinds.put("r1", kind);
    server.update = "r1";
    Instant begin = server.now;
    for (int i = 0; i < MOST_TICKS; i++) {
      phase = pass(server, leader);
      if (phase instanceof Phase.RolledBack
          || (phase instanceof Phase.Complete && server.settled())) {
        break;
      }
    }
    int moved = server.everHad.getOrDefault("r1", Set.of()).size();
    System.out.printf(
        "%3d  %-10s  %-10s  %5d  %11.3f  %13d  %9d  %11d  %s%n",
        run,
        kind,
        phase.word(),
        moved,
        (double) server.nodeWrites / Math.max(1, moved),
        server.stateWrites,
        server.mostInFlight,
        server.mostUnavailable,
        Duration.between(begin, server.now));
  }

  private static Phase pass(SimulatedServer server, SimulatedLeader leader) {
    server.pass(TICK);
    leader.hear(0.95);
    return leader.run().plan().phase();
  }
}
