package io.portolan.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.sync.SyncHealth;
import io.portolan.agent.sync.SyncState.Phase;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ProbesTest {
  private static final Instant NOW = Instant.parse("2026-11-23T20:00:00Z");

  private static SyncHealth health(Phase phase, @Nullable Instant updated, long outstanding) {
    return new SyncHealth(
        true, Duration.ofSeconds(1), updated, Duration.ofSeconds(outstanding), phase);
  }

  @Test
  @DisplayName("healthy: the kernel was programmed, the last write went well, nothing waits long")
  void healthz() {
    assertThat(Probes.proxy(health(Phase.SYNCED, NOW, 0)).status()).isEqualTo(200);
    assertThat(Probes.proxy(health(Phase.SYNCED, NOW, 30)).healthy()).isTrue();
    assertThat(Probes.proxy(health(Phase.SYNCED, NOW, 61)).healthy()).isFalse();
    assertThat(Probes.proxy(health(Phase.FAILED, NOW, 0)).healthy()).isFalse();
    assertThat(Probes.proxy(health(Phase.REMOVED, NOW, 0)).healthy()).isFalse();
    assertThat(Probes.proxy(health(Phase.WAITING, null, 0)).status()).isEqualTo(503);
  }

  @Test
  @DisplayName("a node that is about to go is not healthy and says why; it is live, its proxy well")
  void leaving() {
    var well = health(Phase.SYNCED, NOW, 0);
    assertThat(Probes.healthz(well, false).status()).isEqualTo(200);
    assertThat(Probes.healthz(well, false).json(NOW)).contains("\"nodeEligible\": true,");
    assertThat(Probes.healthz(well, true).status()).isEqualTo(503);
    assertThat(Probes.healthz(well, true).json(NOW))
        .contains("\"nodeEligible\": false,")
        .contains("\"reason\": \"the node is about to go\"");
    assertThat(Probes.livez(well, true).status()).isEqualTo(200);
    assertThat(Probes.proxy(well).healthy()).isTrue();
    var failed = health(Phase.FAILED, NOW, 0);
    assertThat(Probes.healthz(failed, false).healthy()).isFalse();
    assertThat(Probes.healthz(failed, true).reason()).isEqualTo(Probes.proxy(failed).reason());
  }

  @Test
  @DisplayName("live: the thread turns and the informers work, whatever the kernel says")
  void livez() {
    assertThat(Probes.livez(health(Phase.FAILED, null, 600), true).healthy()).isTrue();
    assertThat(Probes.livez(health(Phase.SYNCED, NOW, 0), false).healthy()).isFalse();
    var ended = new SyncHealth(false, Duration.ZERO, NOW, Duration.ZERO, Phase.SYNCED);
    assertThat(Probes.livez(ended, true).healthy()).isFalse();
    var stuck = new SyncHealth(true, Duration.ofMinutes(6), NOW, Duration.ZERO, Phase.SYNCED);
    assertThat(Probes.livez(stuck, true).healthy()).isFalse();
  }

  @Test
  @DisplayName("the body is JSON with kube-proxy's fields, whatever the reason contains")
  void body() {
    assertThat(new Verdict(false, "it said \"no\"\n\\", NOW, null).json(NOW.plusSeconds(1)))
        .isEqualTo(
            "{\"lastUpdated\": \"2026-11-23T20:00:00Z\", \"currentTime\":"
                + " \"2026-11-23T20:00:01Z\", \"reason\": \"it said \\\"no\\\" \\\\\"}\n");
  }
}
