package io.portolan.agent.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.switching.Driven.Way;
import io.portolan.agent.switching.Scene.Clients;
import io.portolan.agent.sync.DriftCount;
import io.portolan.agent.sync.SyncState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loop, a real kernel, and clients that never stop. */
@Timeout(600)
@DisplayName("From mode to mode under traffic")
class SwitchTrafficTest {
  private static final Calls.Listener NOBODY = (variant, call) -> {};
  private static final Duration CHURN = Duration.ofMillis(100);

  /**
   * {@code iptables-nft-save} begins anew whenever anything of nf_tables has changed before it has
   * read everything, and with 2,000 Services that takes a second and more.
   */
  private static final Duration SLOW_CHURN = Duration.ofSeconds(5);

  private static Scene scene;

  @BeforeAll
  static void open() {
    scene = new Scene();
  }

  @AfterAll
  static void close() {
    if (scene != null) {
      scene.close();
    }
  }

  @Test
  @DisplayName("with 10 Services no connection fails, and every client keeps its endpoint")
  void few() {
    // Audits fall into the switches.
    travel(0, Integer.getInteger("portolan.switch.rounds", 2), Duration.ofMillis(500), CHURN);
  }

  @Test
  @DisplayName("with 2,000 Services no connection fails, and every client keeps its endpoint")
  void many() {
    travel(1_990, Integer.getInteger("portolan.switch.rounds.many", 1), Duration.ZERO, SLOW_CHURN);
  }

  @SuppressWarnings("try") // Both end before their counts are read, and in any case.
  private static void travel(int unused, int rounds, Duration audits, Duration churn) {
    try (var loop = scene.drive(Tryout.NONE, NOBODY, audits, unused)) {
      loop.order(Way.NFTABLES);
      loop.awaitSynced(Way.NFTABLES);
      try (Clients clients = scene.clients()) {
        clients.awaitBeginning();
        for (int round = 0; round < rounds; round++) {
          for (Way way : List.of(Way.LEGACY, Way.NFT, Way.NFTABLES)) {
            clients.note("-> " + way);
            SyncState state = change(loop, way, churn);
            clients.note(way + " serves");
            scene.alone(way);
            assertThat(state.drift()).as("what audits have found").isEqualTo(DriftCount.NONE);
          }
        }
        clients.close();
        System.out.println(clients);
        clients.flawless("after " + rounds + " rounds with " + (Cluster.USED + unused));
      }
    }
  }

  private static SyncState change(Driven loop, Way way, Duration churn) {
    try (var _ = new Churn(loop, churn)) {
      loop.order(way);
      return loop.awaitSynced(way);
    }
  }
}
