package io.portolan.operator.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.operator.manifests.Names;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(InstalledServer.Extension.class)
@Timeout(120)
@DisplayName("The operator on a real API server")
class ReconcileTest {
  private final TestFleet fleet;

  ReconcileTest(InstalledServer server) {
    fleet = new TestFleet(server);
  }

  @AfterEach
  void end() {
    fleet.close();
  }

  @Test
  @DisplayName("gives every node a NodeProxy with owner, label and revision, then is Ready")
  void firstRollout() {
    fleet.nodes(3, Map.of()).operate().apply("default", Specs.everyNode());
    fleet.awaitReady("default");

    var status = fleet.config("default").getStatus();
    String revision = String.valueOf(status.updateRevision());
    assertThat(revision).matches("default-[0-9a-f]{8}");
    assertThat(status.currentRevision()).isEqualTo(revision);
    assertThat(fleet.counts("default").ready()).isEqualTo(3);
    assertThat(fleet.phase("default")).isEqualTo("Complete");
    assertThat(status.conditions()).extracting("type").containsExactly("Ready");
    assertThat(fleet.proxies())
        .hasSize(3)
        .allSatisfy(
            p -> {
              String node = p.getMetadata().getName();
              assertThat(p.getMetadata().getLabels()).containsEntry(Names.CONFIG_LABEL, "default");
              assertThat(p.getMetadata().getOwnerReferences())
                  .extracting(OwnerReference::getKind, OwnerReference::getName)
                  .containsExactly(tuple("Node", node));
              assertThat(p.getSpec().revision()).isEqualTo(revision);
              assertThat(p.getSpec().state()).isEqualTo(NodeState.ACTIVE);
              assertThat(p.getSpec().settings().affinity().timeout()).isEqualTo("3h");
              assertThat(label(node)).isEqualTo("default");
            });
    assertThat(
            fleet
                .client()
                .apps()
                .controllerRevisions()
                .inNamespace(InstalledServer.NAMESPACE)
                .withName(revision)
                .get()
                .getRevision())
        .isEqualTo(1);
    for (String reason : List.of("RevisionCreated", "RolloutStarted", "RolloutCompleted")) {
      fleet.await("Event " + reason, () -> fleet.hasEvent(reason));
    }
  }

  @Test
  @DisplayName("takes a new node in, and forgets one that is gone")
  void nodesComeAndGo() {
    fleet.nodes(1, Map.of()).operate().apply("default", Specs.everyNode());
    fleet.awaitReady("default");
    var node = fleet.node("late", Map.of());
    fleet.await(
        "2 nodes ready", () -> fleet.isReady("default") && fleet.counts("default").matched() == 2);
    fleet.client().resource(node).delete();
    fleet.await("NodeProxy late gone", () -> fleet.proxies().size() == 1);
    fleet.await("1 node matched", () -> fleet.counts("default").matched() == 1);
  }

  @Test
  @DisplayName("moves at most maxUnavailable nodes at a time, and restarts no agent for settings")
  void maxUnavailable() {
    fleet.nodes(10, Map.of()).operate().apply("default", Specs.auditing("5m", 2));
    fleet.awaitReady("default");
    String first = String.valueOf(fleet.config("default").getStatus().currentRevision());

    fleet.agents().delay(Duration.ofMillis(300));
    fleet.apply("default", Specs.auditing("6m", 2));
    fleet.awaitReady("default");

    assertThat(fleet.agents().mostInFlight()).isBetween(1, 2);
    assertThat(fleet.proxies()).extracting(p -> p.getSpec().revision()).doesNotContain(first);
    assertThat(fleet.agents().podsMade("n-0")).isEqualTo(1);
    assertThat(fleet.config("default").getStatus().currentRevision()).isNotEqualTo(first);
  }

  @Test
  @DisplayName("moves the agents' pods with their shape, within maxUnavailable")
  void podsMove() {
    fleet.nodes(4, Map.of()).operate().apply("default", Specs.image("one", 1));
    fleet.awaitReady("default");
    fleet.apply("default", Specs.image("two", 1));
    fleet.await(
        "every pod was made anew",
        () -> Stream.of(0, 1, 2, 3).allMatch(i -> fleet.agents().podsMade("n-" + i) == 2));
    fleet.awaitReady("default");
  }

  @Test
  @DisplayName("moves nothing while paused, and says so")
  void paused() {
    fleet.nodes(2, Map.of()).operate().apply("default", Specs.auditing("5m", 1));
    fleet.awaitReady("default");
    String first = String.valueOf(fleet.config("default").getStatus().currentRevision());
    fleet.apply("default", Specs.paused("6m"));
    fleet.await("Paused", () -> fleet.phase("default").equals("Paused"));
    fleet.node("late", Map.of());
    fleet.await("the new node is served by the last good one", () -> fleet.proxies().size() == 3);
    assertThat(fleet.condition("default", "Paused")).isPresent();
    assertThat(fleet.proxies()).extracting(p -> p.getSpec().revision()).containsOnly(first);
    fleet.apply("default", Specs.auditing("6m", 1));
    fleet.awaitReady("default");
    assertThat(fleet.condition("default", "Paused")).isEmpty();
  }

  @Test
  @DisplayName("puts back what someone changes or deletes")
  void drift() {
    fleet.nodes(1, Map.of()).operate().apply("default", Specs.everyNode());
    fleet.awaitReady("default");
    var sets = fleet.client().apps().daemonSets().inNamespace(InstalledServer.NAMESPACE);
    var set = sets.withName("portolan-agent-default");
    set.edit(
        d ->
            new DaemonSetBuilder(d)
                .editSpec()
                .editUpdateStrategy()
                .withType("RollingUpdate")
                .endUpdateStrategy()
                .endSpec()
                .build());
    fleet.await(
        "OnDelete again",
        () -> "OnDelete".equals(set.get().getSpec().getUpdateStrategy().getType()));
    set.delete();
    fleet.await("the DaemonSet is back", () -> set.get() != null);
    var account =
        fleet
            .client()
            .serviceAccounts()
            .inNamespace(InstalledServer.NAMESPACE)
            .withName("portolan-agent-default");
    account.delete();
    fleet.await("the ServiceAccount is back", () -> account.get() != null);

    var proxy = fleet.client().resources(NodeProxy.class).withName("n-0");
    NodeProxySpec right = proxy.get().getSpec();
    proxy.edit(
        p -> {
          p.setSpec(new NodeProxySpec(right.revision(), NodeState.REMOVED, right.settings()));
          return p;
        });
    fleet.await("the NodeProxy is right again", () -> right.equals(proxy.get().getSpec()));
    proxy.delete();
    fleet.await("the NodeProxy is back", () -> proxy.get() != null);
    fleet
        .client()
        .nodes()
        .withName("n-0")
        .edit(
            n -> {
              n.getMetadata().getLabels().remove(Names.CONFIG_LABEL);
              return n;
            });
    fleet.await("the node's label is back", () -> "default".equals(label("n-0")));
  }

  @Test
  @DisplayName("lets the higher priority win; both say Conflict and nothing changes")
  void conflict() {
    fleet.nodes(2, Map.of()).operate().apply("winner", Specs.priority(5));
    fleet.awaitReady("winner");
    var before = fleet.proxies().stream().map(p -> p.getMetadata().getResourceVersion()).toList();
    fleet.apply("loser", Specs.priority(1));
    fleet.await("Conflict", () -> fleet.hasReason("loser", "Ready", "Conflict"));
    assertThat(fleet.condition("loser", "Conflict").orElseThrow().getMessage())
        .contains("winner", "n-0", "n-1", "spec.priority");
    assertThat(fleet.counts("loser").conflicting()).isEqualTo(2);
    assertThat(fleet.proxies())
        .extracting(p -> p.getMetadata().getResourceVersion())
        .containsExactlyElementsOf(before);
    assertThat(fleet.isReady("winner")).isTrue();
    fleet.await(
        "the winner says so too", () -> fleet.hasReason("winner", "Conflict", "SelectedByOthers"));
  }

  @Test
  @DisplayName("hands nodes over to the next ProxyConfig one by one, without cleaning them")
  void handover() {
    fleet.nodes(3, Map.of()).operate().apply("first", Specs.priority(5));
    fleet.awaitReady("first");
    fleet.apply("second", Specs.priority(1));
    fleet.await("Conflict", () -> fleet.hasReason("second", "Ready", "Conflict"));
    fleet.agents().delay(Duration.ofMillis(200));
    fleet.client().resources(ProxyConfig.class).withName("first").delete();
    fleet.awaitReady("second");
    fleet.await("first is gone", () -> fleet.config("first") == null);
    assertThat(fleet.agents().cleaned()).isEmpty();
    assertThat(fleet.agents().mostInFlight()).isEqualTo(1);
    assertThat(fleet.proxies())
        .extracting(p -> p.getMetadata().getLabels().get(Names.CONFIG_LABEL))
        .containsOnly("second");
    assertThat(label("n-0")).isEqualTo("second");
  }

  @Test
  @DisplayName("has the agents clean their kernels before it lets a deleted ProxyConfig go")
  void deletion() {
    fleet.nodes(3, Map.of()).operate().apply("default", Specs.everyNode());
    fleet.awaitReady("default");
    fleet.client().resources(ProxyConfig.class).withName("default").delete();
    fleet.await("the ProxyConfig is gone", () -> fleet.config("default") == null);
    assertThat(fleet.agents().cleaned()).containsExactlyInAnyOrder("n-0", "n-1", "n-2");
    assertThat(fleet.proxies()).isEmpty();
    assertThat(label("n-0")).isEqualTo("none");
  }

  @Test
  @DisplayName("waits for an agent that does not answer no longer than it said, and tells so")
  void deletionIsBounded() {
    fleet
        .nodes(2, Map.of())
        .operate(
            new Bounds(
                Duration.ofSeconds(3),
                Duration.ofSeconds(9),
                Duration.ofSeconds(6),
                Duration.ofMinutes(5)))
        .apply("default", Specs.everyNode());
    fleet.awaitReady("default");
    fleet.agents().silence("n-1");
    fleet.client().resources(ProxyConfig.class).withName("default").delete();
    fleet.await("Removing is shown", () -> fleet.hasReason("default", "Ready", "Removing"));
    fleet.await("the ProxyConfig is gone", () -> fleet.config("default") == null);
    assertThat(fleet.agents().cleaned()).containsExactly("n-0");
    assertThat(fleet.proxies()).isEmpty();
    fleet.await("Event NodeNotCleaned", () -> fleet.hasEvent("NodeNotCleaned"));
  }

  @Test
  @DisplayName("does not wait for the agent of a node that is not Ready")
  void deletionWithDeadNode() {
    var dead = fleet.node("dead", Map.of());
    fleet.operate().apply("default", Specs.everyNode());
    fleet.awaitReady("default");
    fleet.agents().silence("dead");
    fleet.ready(dead, false);
    fleet.await("the node is seen as not Ready", () -> fleet.counts("default").unavailable() == 1);
    fleet.client().resources(ProxyConfig.class).withName("default").delete();
    fleet.await("the ProxyConfig is gone", () -> fleet.config("default") == null);
    assertThat(fleet.proxies()).isEmpty();
  }

  @Test
  @DisplayName("releases a node whose labels no longer match")
  void release() {
    fleet.node("one", Map.of("pool", "a"));
    fleet.node("two", Map.of("pool", "a"));
    fleet.operate().apply("default", Specs.pool("a"));
    fleet.awaitReady("default");
    fleet
        .client()
        .nodes()
        .withName("two")
        .edit(
            n -> {
              n.getMetadata().getLabels().remove("pool");
              return n;
            });
    fleet.await("NodeProxy two is gone", () -> fleet.proxies().size() == 1);
    fleet.await("its label is gone", () -> label("two").equals("none"));
    assertThat(fleet.agents().cleaned()).containsExactly("two");
    fleet.awaitReady("default");
  }

  @Test
  @DisplayName("says that no node matches and how to mend it, and stops nothing that runs")
  void noMatchingNode() {
    fleet.node("one", Map.of("pool", "a"));
    fleet.operate().apply("default", Specs.pool("a"));
    fleet.awaitReady("default");
    fleet.apply("default", Specs.pool("typo"));
    fleet.await("it is said", () -> fleet.hasReason("default", "Ready", "NoMatchingNodes"));
    fleet.await(
        "the node is said to be kept",
        () ->
            fleet
                .condition("default", "Ready")
                .orElseThrow()
                .getMessage()
                .contains("keep running"));
    assertThat(fleet.condition("default", "Ready").orElseThrow().getMessage())
        .contains("spec.nodeSelector");
    assertThat(fleet.proxies())
        .extracting(p -> p.getSpec().state())
        .containsExactly(NodeState.ACTIVE);
    assertThat(label("one")).isEqualTo("default");
    fleet.await("Event NoMatchingNodes", () -> fleet.hasEvent("NoMatchingNodes"));
    fleet.apply("default", Specs.pool("a"));
    fleet.awaitReady("default");
    assertThat(fleet.agents().cleaned()).isEmpty();
  }

  @Test
  @DisplayName("says in a condition what the cluster refuses")
  void refused() {
    fleet.nodes(1, Map.of()).operate().apply("default", Specs.badToleration());
    fleet.await("Stalled", () -> fleet.hasReason("default", "Stalled", "Rejected"));
    assertThat(fleet.condition("default", "Ready").orElseThrow().getMessage())
        .contains("tolerations");
    fleet.apply("default", Specs.everyNode());
    fleet.awaitReady("default");
    assertThat(fleet.condition("default", "Stalled")).isEmpty();
  }

  @Test
  @DisplayName("writes nothing when nothing happens, not even after a restart")
  void quiet() {
    fleet.nodes(3, Map.of()).operate().apply("default", Specs.everyNode());
    fleet.awaitReady("default");
    TestFleet.sleep(Duration.ofSeconds(2));
    List<String> before = versions();
    fleet.operate();
    TestFleet.sleep(Duration.ofSeconds(4));
    assertThat(versions()).isEqualTo(before);
  }

  private List<String> versions() {
    var client = fleet.client();
    return Stream.<List<? extends HasMetadata>>of(
            client.resources(ProxyConfig.class).list().getItems(),
            fleet.proxies(),
            client.nodes().list().getItems(),
            client.v1().events().inNamespace("default").list().getItems(),
            client.serviceAccounts().inNamespace(InstalledServer.NAMESPACE).list().getItems(),
            client.apps().daemonSets().inNamespace(InstalledServer.NAMESPACE).list().getItems(),
            client
                .apps()
                .controllerRevisions()
                .inNamespace(InstalledServer.NAMESPACE)
                .list()
                .getItems(),
            client
                .rbac()
                .clusterRoles()
                .withLabelSelector(Names.MANAGED_SELECTOR)
                .list()
                .getItems())
        .flatMap(List::stream)
        .map(
            o ->
                o.getKind()
                    + " "
                    + o.getMetadata().getName()
                    + " "
                    + o.getMetadata().getResourceVersion())
        .toList();
  }

  private String label(String node) {
    return fleet
        .client()
        .nodes()
        .withName(node)
        .get()
        .getMetadata()
        .getLabels()
        .getOrDefault(Names.CONFIG_LABEL, "none");
  }
}
