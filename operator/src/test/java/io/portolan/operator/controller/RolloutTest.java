package io.portolan.operator.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.OnFailure;
import io.portolan.api.v1alpha1.Promotion;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.RolloutFailure;
import io.portolan.api.v1alpha1.RolloutStatus;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(InstalledServer.Extension.class)
@Timeout(120)
@DisplayName("A rollout on a real API server")
class RolloutTest {
  private final TestFleet fleet;

  RolloutTest(InstalledServer server) {
    fleet = new TestFleet(server);
  }

  @AfterEach
  void end() {
    fleet.close();
  }

  @Test
  @DisplayName("a good change goes out in three waves and then is the good revision")
  void threeWaves() {
    String first = begin(4);
    fleet.apply("default", Specs.rollout("6m", Specs.waves("2s", null, null)));
    fleet.await("the canary soaks", () -> soaks(rollout(), 0));
    assertThat(with(first)).hasSize(3);
    assertThat(rollout().waves()).isEqualTo(3);
    assertThat(rollout().probes()).isEqualTo("Measured");
    fleet.await("the second wave soaks", () -> soaks(rollout(), 1));
    assertThat(with(first)).hasSize(2);
    fleet.await("Complete", () -> fleet.phase("default").equals("Complete"));
    assertThat(with(first)).isEmpty();
    assertThat(current()).isEqualTo(update()).isNotEqualTo(first);
    fleet.await("Event WaveStarted", () -> fleet.hasEvent("WaveStarted"));
  }

  @Test
  @DisplayName(
      "an agent that fails on the canary: it goes back, no other node is touched, the status says"
          + " why, and nothing is tried again before the annotation says so")
  void rollback() {
    String first = begin(4);
    List<String> before = versionsExcept("n-0");
    fleet.agents().silence("n-0");
    fleet.apply("default", Specs.rollout("6m", Specs.waves("1s", null, null)));
    fleet.await("the failure is seen", () -> rollout().failure() != null);
    fleet.agents().wake("n-0");
    fleet.await("Stalled, RolledBack", () -> fleet.hasReason("default", "Stalled", "RolledBack"));
    RolloutFailure failure = Objects.requireNonNull(rollout().failure());
    assertThat(failure.revision()).isEqualTo(update());
    assertThat(failure.node()).isEqualTo("n-0");
    assertThat(failure.reason()).isEqualTo("NodeNotReady");
    assertThat(current()).isEqualTo(first);
    assertThat(with(first)).hasSize(4);
    assertThat(versionsExcept("n-0")).isEqualTo(before);
    fleet.await("Event RolledBack", () -> fleet.hasEvent("RolledBack"));
    TestFleet.sleep(Duration.ofSeconds(2));
    assertThat(with(first)).hasSize(4);

    annotate("portolan.io/retry", "1");
    fleet.await("Complete", () -> fleet.phase("default").equals("Complete"));
    assertThat(current()).isNotEqualTo(first);
  }

  @Test
  @DisplayName("a node whose probes fail with the change: it goes back, and the status has figures")
  void probes() {
    String first = begin(3);
    fleet.agents().cut("n-0");
    fleet.apply("default", Specs.rollout("6m", Specs.waves("20s", null, null)));
    fleet.await("the failure is seen", () -> rollout().failure() != null);
    fleet.agents().mend("n-0");
    fleet.await("Stalled, RolledBack", () -> fleet.hasReason("default", "Stalled", "RolledBack"));
    assertThat(rollout().failure())
        .extracting(RolloutFailure::reason, RolloutFailure::node, RolloutFailure::message)
        .containsExactly(
            "ProbesFailed",
            "n-0",
            "60 of 120 connections through the node over IPv4 to a Service got no answer; 0 of 120"
                + " before");
    assertThat(with(first)).hasSize(3);
  }

  @Test
  @DisplayName("what the agents probe: a Service, and a slice with addresses of ready agents")
  void probeService() {
    begin(3);
    var service =
        fleet
            .client()
            .services()
            .inNamespace(InstalledServer.NAMESPACE)
            .withName("portolan-agent-default-probe")
            .get();
    assertThat(service.getSpec().getClusterIP()).isNotEmpty();
    fleet.await(
        "three endpoints",
        () ->
            fleet
                    .client()
                    .discovery()
                    .v1()
                    .endpointSlices()
                    .inNamespace(InstalledServer.NAMESPACE)
                    .withName("portolan-agent-default-probe-ipv4")
                    .get()
                    .getEndpoints()
                    .size()
                == 3);
  }

  @Test
  @DisplayName("onFailure Pause: the rollout stops as it is, names the node, and waits")
  void pause() {
    String first = begin(3);
    fleet.agents().silence("n-0");
    fleet.apply("default", Specs.rollout("6m", Specs.waves("1s", null, OnFailure.PAUSE)));
    fleet.await("Stalled", () -> fleet.hasReason("default", "Stalled", "NodesFailed"));
    assertThat(fleet.config("default").getStatus().failedNodes()).containsExactly("n-0");
    assertThat(with(first)).hasSize(2);
    fleet.agents().wake("n-0");
    annotate("portolan.io/retry", "1");
    fleet.await("Complete", () -> fleet.phase("default").equals("Complete"));
  }

  @Test
  @DisplayName("a manual canary waits for the annotation that names its revision")
  void promotion() {
    String first = begin(3);
    fleet.apply("default", Specs.rollout("6m", Specs.waves("0s", Promotion.MANUAL, null)));
    fleet.await("it waits", () -> fleet.phase("default").equals("AwaitingPromotion"));
    annotate("portolan.io/promote", "another-revision");
    TestFleet.sleep(Duration.ofSeconds(2));
    assertThat(with(first)).hasSize(2);
    annotate("portolan.io/promote", update());
    fleet.await("Complete", () -> fleet.phase("default").equals("Complete"));
  }

  @Test
  @DisplayName("a change back in the middle brings every touched node back in one step")
  void changeBack() {
    String first = begin(4);
    fleet.apply("default", Specs.rollout("6m", Specs.waves("60s", null, null)));
    fleet.await("the canary soaks", () -> fleet.phase("default").equals("Soaking"));
    assertThat(with(first)).hasSize(3);
    fleet.apply("default", Specs.rollout("5m", Specs.waves("60s", null, null)));
    fleet.await("all have the first", () -> with(first).size() == 4);
    fleet.await("Complete", () -> fleet.phase("default").equals("Complete"));
    assertThat(current()).isEqualTo(first);
  }

  @Test
  @DisplayName("an image that fails goes back too: the DaemonSet and the canary's pod")
  void imageRollback() {
    fleet
        .nodes(3, Map.of())
        .operate()
        .apply("default", Specs.image("one", Specs.waves("1s", null, null)));
    fleet.await("Complete", () -> fleet.phase("default").equals("Complete"));
    String first = current();
    fleet.agents().silence("n-0");
    fleet.apply("default", Specs.image("two", Specs.waves("1s", null, null)));
    fleet.await("the canary's pod is new", () -> fleet.agents().podsMade("n-0") == 2);
    fleet.await("the failure is seen", () -> rollout().failure() != null);
    fleet.agents().wake("n-0");
    fleet.await("Stalled, RolledBack", () -> fleet.hasReason("default", "Stalled", "RolledBack"));
    assertThat(fleet.agents().podsMade("n-0")).isEqualTo(3);
    assertThat(fleet.agents().podsMade("n-1")).isEqualTo(1);
    assertThat(fleet.agents().podsMade("n-2")).isEqualTo(1);
    assertThat(with(first)).hasSize(3);
    assertThat(
            fleet
                .client()
                .apps()
                .daemonSets()
                .inNamespace(InstalledServer.NAMESPACE)
                .withName("portolan-agent-default")
                .get()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getImage())
        .isEqualTo("portolan.io/agent:one");
  }

  @Test
  @DisplayName("a dry run touches nothing, and tells waves, minutes and differences")
  void dryRun() {
    String first = begin(4);
    List<String> before = versionsExcept("");
    fleet.apply("default", Specs.rollout("6m", Specs.dry()));
    fleet.await("DryRun", () -> fleet.phase("default").equals("DryRun"));
    var preview = Objects.requireNonNull(rollout().preview());
    assertThat(preview.differences()).containsExactly("settings.sync.auditInterval: 5m -> 6m");
    assertThat(preview.leastMinutes()).isEqualTo(2);
    assertThat(preview.waves()).extracting("nodes").containsExactly(1, 3);
    assertThat(with(first)).hasSize(4);
    assertThat(versionsExcept("")).isEqualTo(before);
    assertThat(fleet.hasReason("default", "Paused", "DryRun")).isTrue();
  }

  @Test
  @DisplayName("the next operator goes on where the one before stopped")
  void nextOperator() {
    String first = begin(4);
    fleet.agents().delay(Duration.ofMillis(500));
    fleet.apply("default", Specs.rollout("6m", Specs.waves("1s", null, null)));
    fleet.await("a node moves", () -> with(first).size() < 4);
    fleet.operate();
    fleet.await("Complete", () -> fleet.phase("default").equals("Complete"));
    assertThat(fleet.agents().mostInFlight()).isEqualTo(1);
    assertThat(with(first)).isEmpty();
  }

  /** Nodes that run a first revision; its name. */
  private String begin(int nodes) {
    fleet
        .nodes(nodes, Map.of())
        .operate()
        .apply("default", Specs.rollout("5m", Specs.waves("1s", null, null)));
    fleet.await("Complete", () -> fleet.phase("default").equals("Complete"));
    return current();
  }

  private void annotate(String key, String value) {
    fleet
        .client()
        .resources(ProxyConfig.class)
        .withName("default")
        .edit(
            config -> {
              var annotations =
                  new HashMap<>(
                      Objects.requireNonNullElse(
                          config.getMetadata().getAnnotations(), Map.<String, String>of()));
              annotations.put(key, value);
              config.getMetadata().setAnnotations(annotations);
              return config;
            });
  }

  private RolloutStatus rollout() {
    return Objects.requireNonNull(fleet.config("default").getStatus().rollout());
  }

  /** Both from one reading. */
  private static boolean soaks(RolloutStatus rollout, int wave) {
    return "Soaking".equals(rollout.phase()) && Objects.equals(rollout.wave(), wave);
  }

  private String current() {
    return String.valueOf(fleet.config("default").getStatus().currentRevision());
  }

  private String update() {
    return String.valueOf(fleet.config("default").getStatus().updateRevision());
  }

  private List<String> with(String revision) {
    return fleet.proxies().stream()
        .filter(p -> revision.equals(p.getSpec().revision()))
        .map(p -> p.getMetadata().getName())
        .toList();
  }

  private List<String> versionsExcept(String node) {
    return fleet.proxies().stream()
        .map(NodeProxy::getMetadata)
        .filter(m -> !m.getName().equals(node))
        .map(m -> m.getName() + " " + m.getGeneration())
        .toList();
  }
}
