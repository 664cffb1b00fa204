package io.portolan.operator.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.operator.manifests.Names;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(InstalledServer.Extension.class)
@Timeout(120)
@DisplayName("Several ProxyConfigs on a real API server")
class OverlapTest {
  private final TestFleet fleet;

  OverlapTest(InstalledServer server) {
    fleet = new TestFleet(server);
  }

  @AfterEach
  void end() {
    fleet.close();
  }

  @Test
  @DisplayName(
      "nodes that change hands by priority or label do so one by one, as maxUnavailable of the"
          + " taker says, are never cleaned, and both ProxyConfigs tell of the overlap")
  void changeHands() {
    for (int i = 0; i < 5; i++) {
      fleet.node("n-" + i, Map.of("pool", i < 3 ? "a" : "b"));
    }
    fleet.operate().apply("base", Specs.auditing("5m", 1));
    fleet.awaitReady("base");
    fleet.agents().delay(Duration.ofMillis(300));

    fleet.apply("special", Specs.pool("a", 5));
    fleet.await("special has three", () -> with("special").equals(List.of("n-0", "n-1", "n-2")));
    fleet.awaitReady("special");
    assertThat(fleet.agents().mostInFlight()).isEqualTo(1);
    fleet.awaitReady("base");
    fleet.await("base tells", () -> fleet.hasReason("base", "Conflict", "OwnedByOthers"));
    fleet.await("special tells", () -> fleet.hasReason("special", "Conflict", "SelectedByOthers"));

    relabel("n-1", "b");
    fleet.await("base has n-1", () -> with("special").equals(List.of("n-0", "n-2")));
    fleet.awaitReady("base");

    fleet.agents().delay(Duration.ofMillis(300));
    fleet.apply("special", Specs.pool("a", -5));
    fleet.await("base has all", () -> with("base").size() == 5);
    fleet.awaitReady("base");
    assertThat(fleet.agents().mostInFlight()).isEqualTo(1);
    fleet.await("special lost", () -> fleet.hasReason("special", "Ready", "Conflict"));
    assertThat(fleet.agents().cleaned()).isEmpty();
  }

  @Test
  @DisplayName("a rollout of one ProxyConfig goes on while its nodes change hands, and both end")
  void changeHandsMeanwhile() {
    for (int i = 0; i < 6; i++) {
      fleet.node("n-" + i, Map.of("pool", i < 2 ? "a" : "b"));
    }
    fleet.operate().apply("base", Specs.auditing("5m", 1));
    fleet.awaitReady("base");
    fleet.agents().delay(Duration.ofMillis(300));
    fleet.apply("base", Specs.auditing("6m", 1));
    fleet.await("base rolls", () -> fleet.phase("base").equals("Progressing"));
    fleet.apply("special", Specs.pool("a", 5));
    fleet.awaitReady("special");
    fleet.awaitReady("base");
    assertThat(with("special")).containsExactly("n-0", "n-1");
    assertThat(with("base")).containsExactly("n-2", "n-3", "n-4", "n-5");
    assertThat(fleet.config("base").getStatus().currentRevision())
        .isEqualTo(fleet.config("base").getStatus().updateRevision());
    assertThat(fleet.agents().cleaned()).isEmpty();
  }

  private void relabel(String node, String pool) {
    fleet
        .client()
        .nodes()
        .withName(node)
        .edit(
            n -> {
              n.getMetadata().getLabels().put("pool", pool);
              return n;
            });
  }

  private List<String> with(String config) {
    return fleet.proxies().stream()
        .filter(p -> config.equals(p.getMetadata().getLabels().get(Names.CONFIG_LABEL)))
        .map(p -> p.getMetadata().getName())
        .toList();
  }
}
