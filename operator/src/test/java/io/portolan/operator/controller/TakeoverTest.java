package io.portolan.operator.controller;

import static io.portolan.api.v1alpha1.TakeoverPhase.BESIDE;
import static io.portolan.api.v1alpha1.TakeoverPhase.DONE;
import static io.portolan.api.v1alpha1.TakeoverPhase.GIVEN_BACK;
import static io.portolan.api.v1alpha1.TakeoverPhase.PREPARING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.Rollout;
import io.portolan.api.v1alpha1.RolloutFailure;
import io.portolan.api.v1alpha1.RolloutStatus;
import io.portolan.operator.fleet.TakeoverLabel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(InstalledServer.Extension.class)
@Timeout(120)
@DisplayName("A takeover from kube-proxy, on a real API server")
class TakeoverTest {
  private static final Rollout QUICK = Specs.waves("1s", null, null);

  private final TestFleet fleet;

  TakeoverTest(InstalledServer server) {
    fleet = new TestFleet(server);
  }

  @AfterEach
  void end() {
    fleet.close();
  }

  @Test
  @DisplayName(
      "goes in waves although nothing was ever good: first every node as it was, then the canary,"
          + " and kube-proxy leaves each node only once Portolan serves beside it")
  void inWaves() {
    begin(4);
    fleet.agents().takeover().prepare("n-0");
    fleet.apply("default", Specs.takeover(false, QUICK));
    fleet.await(
        "the canary prepares", () -> fleet.agents().takeover().phases("n-0").contains(PREPARING));
    String baseline = current();
    String real = update();
    assertThat(baseline).isNotEqualTo(real);
    assertThat(fleet.hasReason("default", "Ready", "NodesNotReady")).isTrue();
    assertThat(fleet.proxies())
        .filteredOn(p -> !p.getMetadata().getName().equals("n-0"))
        .extracting(p -> p.getSpec().revision())
        .containsOnly(baseline);
    TestFleet.sleep(Duration.ofSeconds(1));
    assertThat(labelled()).isEmpty();

    fleet.agents().takeover().goOn("n-0");
    fleet.await("the canary soaks", () -> fleet.phase("default").equals("Soaking"));
    assertThat(labelled()).containsExactly("n-0");
    fleet.awaitReady("default");
    assertThat(labelled()).containsExactly("n-0", "n-1", "n-2", "n-3");
    assertThat(fleet.agents().takeover().phases("n-0"))
        .containsExactly(GIVEN_BACK, PREPARING, BESIDE, DONE);
    for (String node : List.of("n-1", "n-2", "n-3")) {
      assertThat(fleet.agents().takeover().phases(node))
          .as(node)
          .containsExactly(GIVEN_BACK, BESIDE, DONE);
    }
    assertThat(current()).isEqualTo(real);
    assertThat(revisions())
        .extracting(r -> r.getMetadata().getName(), ControllerRevision::getRevision)
        .containsExactlyInAnyOrder(tuple(baseline, 1L), tuple(real, 2L));
    fleet.await("Event RolloutCompleted", () -> fleet.hasEvent("RolloutCompleted"));
    assertThat(events("RolloutCompleted")).allMatch(m -> m.contains(real));
  }

  @Test
  @DisplayName("probes that fail on the canary: the node is given back to kube-proxy by itself")
  void rollback() {
    begin(3);
    fleet.agents().cut("n-0");
    fleet.apply("default", Specs.takeover(false, Specs.waves("20s", null, null)));
    fleet.await("Stalled, RolledBack", () -> fleet.hasReason("default", "Stalled", "RolledBack"));
    assertThat(failure().reason()).isEqualTo("ProbesFailed");
    assertThat(labelled()).isEmpty();
    assertThat(fleet.agents().takeover().phases("n-0"))
        .containsSubsequence(GIVEN_BACK, BESIDE, GIVEN_BACK)
        .endsWith(GIVEN_BACK);
    assertThat(fleet.agents().takeover().phases("n-1")).containsExactly(GIVEN_BACK);
    assertThat(fleet.proxies()).extracting(p -> p.getSpec().revision()).containsOnly(current());
  }

  @Test
  @DisplayName("kube-proxy that does not leave fails the node in time, with the agent's words")
  void staysThere() {
    begin(2);
    fleet.agents().takeover().stick("n-0");
    fleet.apply("default", Specs.takeover(false, QUICK));
    fleet.await(
        "the status says what is waited for",
        () -> ready().getMessage().contains("n-0: TakingOver: kube-proxy still runs"));
    fleet.await("Stalled, RolledBack", () -> fleet.hasReason("default", "Stalled", "RolledBack"));
    assertThat(failure().reason()).isEqualTo("NodeNotReady");
    assertThat(failure().message()).contains("TakingOver", "affinity");
    assertThat(labelled()).isEmpty();
  }

  @Test
  @DisplayName("giveBack goes in waves too, and takes the label away")
  void givesBack() {
    takeOver(3);
    fleet.agents().delay(Duration.ofMillis(300));
    fleet.apply("default", Specs.takeover(true, QUICK));
    fleet.await("the canary is given back", () -> labelled().equals(List.of("n-1", "n-2")));
    fleet.awaitReady("default");
    assertThat(labelled()).isEmpty();
    assertThat(fleet.agents().mostInFlight()).isEqualTo(1);
    assertThat(fleet.agents().takeover().phases("n-2"))
        .startsWith(GIVEN_BACK, BESIDE, DONE)
        .endsWith(GIVEN_BACK);
  }

  @Test
  @DisplayName("a block that is taken out of the spec does not bring kube-proxy back")
  void blockGoes() {
    takeOver(2);
    fleet.apply("default", Specs.takeover(null, QUICK));
    fleet.awaitReady("default");
    TestFleet.sleep(Duration.ofSeconds(1));
    assertThat(labelled()).containsExactly("n-0", "n-1");
    var proxy = fleet.client().resources(NodeProxy.class).withName("n-0");
    proxy.delete();
    fleet.await("the NodeProxy is back", () -> proxy.get() != null);
    fleet.awaitReady("default");
    assertThat(labelled()).containsExactly("n-0", "n-1");
  }

  @Test
  @DisplayName("a deletion lets kube-proxy come back at once, and waits for it longer than else")
  void deletion() {
    takeOver(
        2,
        new Bounds(
            Duration.ofSeconds(2),
            Duration.ofSeconds(60),
            Duration.ofSeconds(3),
            Duration.ofMinutes(5)));
    fleet.agents().takeover().stick("n-1");
    fleet.client().resources(ProxyConfig.class).withName("default").delete();
    fleet.await("the labels are gone", () -> labelled().isEmpty());
    fleet.await("n-0 is clean", () -> fleet.agents().cleaned().contains("n-0"));
    fleet.await(
        "the status says what is waited for",
        () -> ready().getMessage().contains("n-1: kube-proxy is not there"));
    TestFleet.sleep(Duration.ofSeconds(5));
    assertThat(fleet.proxies())
        .extracting(p -> p.getMetadata().getName(), p -> p.getSpec().state())
        .containsExactly(tuple("n-1", NodeState.REMOVED));
    fleet.agents().takeover().unstick("n-1");
    fleet.await("the ProxyConfig is gone", () -> fleet.config("default") == null);
    assertThat(fleet.agents().cleaned()).containsExactlyInAnyOrder("n-0", "n-1");
    assertThat(labelled()).isEmpty();
  }

  @Test
  @DisplayName("the wait for kube-proxy has an end, and the Event says what is left")
  void deletionIsBounded() {
    takeOver(
        1,
        new Bounds(
            Duration.ofSeconds(1),
            Duration.ofSeconds(4),
            Duration.ofSeconds(3),
            Duration.ofMinutes(5)));
    fleet.agents().takeover().stick("n-0");
    fleet.client().resources(ProxyConfig.class).withName("default").delete();
    fleet.await("the ProxyConfig is gone", () -> fleet.config("default") == null);
    assertThat(fleet.agents().cleaned()).isEmpty();
    assertThat(labelled()).isEmpty();
    fleet.await("Event NodeNotCleaned", () -> fleet.hasEvent("NodeNotCleaned"));
    assertThat(events("NodeNotCleaned"))
        .allMatch(m -> m.contains("kube-proxy did not serve again in 4 s"));
  }

  @Test
  @DisplayName("a node that is lost with its ProxyConfig keeps no label")
  void deletionWithDeadNode() {
    takeOver(1);
    fleet.ready(fleet.client().nodes().withName("n-0").get(), false);
    fleet.await("the node is seen as not Ready", () -> fleet.counts("default").unavailable() == 1);
    fleet.client().resources(ProxyConfig.class).withName("default").delete();
    fleet.await("the ProxyConfig is gone", () -> fleet.config("default") == null);
    assertThat(labelled()).isEmpty();
  }

  @Test
  @DisplayName("without the block kube-proxy's nodes are left alone, and the status names the way")
  void leftAlone() {
    begin(2);
    fleet.apply("default", Specs.takeover(null, QUICK));
    fleet.await("it is said", () -> ready().getMessage().contains("OtherProxy"));
    assertThat(ready().getMessage())
        .contains("n-0: OtherProxy: kube-proxy serves here", "spec.takeover", "from: kube-proxy");
    assertThat(labelled()).isEmpty();
    fleet.apply("default", Specs.takeover(false, QUICK));
    fleet.awaitReady("default");
    assertThat(labelled()).containsExactly("n-0", "n-1");
  }

  @Test
  @DisplayName("the next ProxyConfig gets nodes that are taken over as they are")
  void handover() {
    begin(2);
    fleet.apply("first", Specs.takeover(false, 5, QUICK));
    fleet.awaitReady("first");
    fleet.apply("second", Specs.takeover(false, 1, QUICK));
    fleet.await("Conflict", () -> fleet.hasReason("second", "Ready", "Conflict"));
    fleet.client().resources(ProxyConfig.class).withName("first").delete();
    fleet.awaitReady("second");
    assertThat(labelled()).containsExactly("n-0", "n-1");
    assertThat(fleet.agents().takeover().phases("n-1")).containsExactly(GIVEN_BACK, BESIDE, DONE);
  }

  /** Nodes with kube-proxy, and an operator. */
  private void begin(int nodes) {
    begin(nodes, Bounds.DEFAULT);
  }

  private void begin(int nodes, Bounds bounds) {
    IntStream.range(0, nodes).forEach(i -> fleet.agents().takeover().kubeProxyOn("n-" + i));
    fleet.nodes(nodes, Map.of()).operate(bounds);
  }

  /** Nodes that were taken over. */
  private void takeOver(int nodes) {
    takeOver(nodes, Bounds.DEFAULT);
  }

  private void takeOver(int nodes, Bounds bounds) {
    begin(nodes, bounds);
    fleet.apply("default", Specs.takeover(false, QUICK));
    fleet.awaitReady("default");
    assertThat(labelled()).hasSize(nodes);
  }

  private List<String> labelled() {
    return fleet
        .client()
        .nodes()
        .withLabel(TakeoverLabel.NAME, "kube-proxy")
        .list()
        .getItems()
        .stream()
        .map(n -> n.getMetadata().getName())
        .sorted()
        .toList();
  }

  private List<ControllerRevision> revisions() {
    return fleet
        .client()
        .apps()
        .controllerRevisions()
        .inNamespace(InstalledServer.NAMESPACE)
        .list()
        .getItems();
  }

  private List<String> events(String reason) {
    return fleet.client().v1().events().inNamespace("default").list().getItems().stream()
        .filter(e -> e.getReason().equals(reason))
        .map(e -> e.getMessage())
        .toList();
  }

  private Condition ready() {
    return fleet
        .condition("default", "Ready")
        .orElseGet(() -> new ConditionBuilder().withMessage("").build());
  }

  private RolloutFailure failure() {
    RolloutStatus rollout = Objects.requireNonNull(fleet.config("default").getStatus().rollout());
    return Objects.requireNonNull(rollout.failure());
  }

  private String current() {
    return String.valueOf(fleet.config("default").getStatus().currentRevision());
  }

  private String update() {
    return String.valueOf(fleet.config("default").getStatus().updateRevision());
  }
}
