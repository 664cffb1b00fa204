package io.portolan.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterExtension;
import io.portolan.e2e.cluster.ClusterOptions;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Waiting;
import io.portolan.e2e.install.Installation;
import io.portolan.e2e.install.KernelView;
import io.portolan.e2e.install.RolloutWatch;
import io.portolan.e2e.install.SampleApp;
import io.portolan.e2e.install.Traffic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Changes of a ProxyConfig, good ones and bad ones, while clients of every node run. */
@DisplayName("A change rolls out over a cluster of three nodes while clients of every node run")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Order(Order.DEFAULT + 1) // after SpineTest, whose cluster it shares
class RolloutOnClusterTest {
  private static final String CONFIG = "default";
  private static final Duration SOON = Duration.ofSeconds(90);

  /** Two nodes are 70 % of three: the canary, one more, the rest. */
  private static final String THREE_WAVES =
      """
      apiVersion: portolan.io/v1alpha1
      kind: ProxyConfig
      metadata: {name: default}
      spec:
        rollout:
          canary: {nodes: 1, soak: 3s}
          waves: [{percent: 70}]
          soak: 2s
      """;

  @RegisterExtension
  static final ClusterExtension CLUSTER =
      new ClusterExtension(Installation.images(ClusterOptions.defaults()));

  private final Cluster cluster;
  private final Installation portolan;
  private final SampleApp app;
  private final List<String> nodes;
  private final Node canary;
  private Optional<Traffic> started = Optional.empty();

  RolloutOnClusterTest(Cluster cluster) {
    this.cluster = cluster;
    this.portolan = Installation.on(cluster);
    this.app = SampleApp.on(cluster);
    this.nodes = cluster.nodes().stream().map(Node::name).toList();
    this.canary = cluster.nodes().getFirst(); // docs/rollouts.md: the first zone's first node
  }

  @BeforeAll
  void startClients() {
    portolan.kubectl().apply(THREE_WAVES);
    portolan.waitNodesReady(nodes.size(), SOON);
    portolan.waitReady(CONFIG, SOON);
    started = Optional.of(Traffic.on(cluster, app));
  }

  @AfterAll
  void removeThem() {
    try {
      started.ifPresent(Traffic::close);
    } finally {
      portolan.kubectl().run("delete", "pxc", CONFIG, "--timeout=100s");
    }
  }

  @BeforeEach
  void countAnew() {
    traffic().begin();
  }

  @Test
  @Order(1)
  @DisplayName(
      "good settings reach the canary, then one more node, then the last; no request fails and no agent is replaced")
  void goodSettings() {
    try (var watch = RolloutWatch.of(portolan)) {
      portolan.patch(
          CONFIG,
          """
          {"spec": {"affinity": {"timeout": "1h", "maxTimeout": "2h"},
                    "sync": {"auditInterval": "30s"}, "traffic": {"masqueradeAll": true}}}
          """);
      watch.await("Complete", SOON);
      ProxyConfigStatus status = portolan.waitReady(CONFIG, SOON);
      assertRolledOutInWaves(watch, status);
      assertThat(watch.replaced()).as("agents whose Pod was replaced").isEmpty();
    }
    assertThat(cluster.nodes())
        .allSatisfy(
            n -> assertThat(new KernelView(n).table("ip")).contains("ClusterIPs, from anywhere"));
    assertThat(traffic().failing()).isEmpty();
  }

  @Test
  @Order(2)
  @DisplayName("a change of the agents' Pod replaces them in the same waves; no request fails")
  void goodPod() {
    try (var watch = RolloutWatch.of(portolan)) {
      portolan.patch(
          CONFIG,
          """
          {"spec": {"resources": {"limits": {"memory": "400Mi"}},
                    "agent": {"tolerations": [{"operator": "Exists"}]}}}
          """);
      watch.await("Complete", SOON);
      ProxyConfigStatus status = portolan.waitReady(CONFIG, SOON);
      assertRolledOutInWaves(watch, status);
      assertThat(watch.replaced()).as("agents whose Pod was replaced").isEqualTo(nodes);
    }
    assertThat(agents())
        .hasSize(3)
        .allSatisfy(
            pod ->
                assertThat(pod.getSpec().getContainers().getFirst().getResources().getLimits())
                    .containsEntry("memory", new Quantity("400Mi")));
    assertThat(traffic().failing()).isEmpty();
  }

  private void assertRolledOutInWaves(RolloutWatch watch, ProxyConfigStatus status) {
    String revision = Objects.requireNonNull(status.updateRevision());
    assertThat(watch.given(revision)).as("nodes in the order of their turn").isEqualTo(nodes);
    assertThat(watch.phases())
        .containsSubsequence("Soaking 0", "Soaking 1", "Soaking 2", "Complete");
    assertThat(status.currentRevision()).isEqualTo(revision);
    assertEvents(
        "RolloutStarted nodes move to " + revision,
        "WaveStarted " + revision + ": canary",
        "WaveStarted " + revision + ": wave 1",
        "WaveStarted " + revision + ": wave 2",
        "RolloutCompleted every node runs " + revision);
  }

  @Test
  @Order(3)
  @DisplayName(
      "an image that crash-loops replaces the canary's agent alone, and goes away by itself; no request fails")
  void crashLoop() {
    // The image of echo says how it wants to be called, and ends.
    assertImageGoesBack(
        "{\"agent\": {\"image\": \"portolan.io/echo:dev\"}}",
        "AgentFailed",
        "the agent ended",
        "CrashLoopBackOff");
  }

  @Test
  @Order(4)
  @DisplayName(
      "an image that does not exist goes away by itself after nodeTimeout, and was on the canary alone; no request fails")
  void missingImage() {
    assertImageGoesBack(
        "{\"agent\": {\"image\": \"portolan.io/none:dev\"}, \"rollout\": {\"nodeTimeout\": \"20s\"}}",
        "NodeNotReady",
        "agent pod not ready",
        "portolan.io/none:dev");
  }

  private void assertImageGoesBack(String spec, String reason, String... words) {
    Map<String, String> before = agentsByNode();
    String good = Objects.requireNonNull(portolan.waitReady(CONFIG, SOON).currentRevision());
    try (var watch = RolloutWatch.of(portolan)) {
      portolan.patch(CONFIG, "{\"spec\": " + spec + "}");
      watch.await("RolledBack", SOON);
      assertRolledBack(status(), good, reason, words);
      assertThat(watch.touched()).as("nodes written to").containsExactly(canary.name());
      assertThat(watch.replaced()).containsExactly(canary.name(), canary.name());
      Map<String, String> after = agentsByNode();
      assertThat(after.get(canary.name())).isNotEqualTo(before.get(canary.name()));
      before.remove(canary.name());
      assertThat(after).as("agents of the other nodes").containsAllEntriesOf(before);
      assertThat(traffic().failing()).isEmpty();
    } finally {
      portolan.patch(
          CONFIG,
          "{\"spec\": {\"agent\": {\"image\": null}, \"rollout\": {\"nodeTimeout\": null}}}");
    }
    assertThat(portolan.waitReady(CONFIG, SOON).updateRevision()).isEqualTo(good);
  }

  @Test
  @Order(5)
  @DisplayName(
      "a setting that cuts replies holds up or fails requests through the canary alone, and goes away by itself")
  void repliesAreCut() {
    String good = Objects.requireNonNull(portolan.waitReady(CONFIG, SOON).currentRevision());
    try (var watch = RolloutWatch.of(portolan)) {
      // Whoever sends is taken for a Pod, so nothing is masqueraded any more, and endpoints on
      // other nodes answer clients from outside directly, who never asked those.
      portolan.patch(
          CONFIG,
          """
          {"spec": {"traffic": {"masqueradeAll": false,
                                "detectLocal": {"mode": "ClusterCIDR",
                                                "clusterCIDRs": ["0.0.0.0/0", "::/0"]}}}}
          """);
      watch.await("RolledBack", SOON);
      assertRolledBack(status(), good, "ProbesFailed", "connections", "got no answer");
      assertThat(watch.touched()).as("nodes written to").containsExactly(canary.name());
      assertThat(watch.replaced()).isEmpty();
    }
    // There may be none: a client that still waits when it is over is answered then.
    assertThat(traffic().failing())
        .as("clients that saw failures")
        .allSatisfy(client -> assertThat(client.node()).isEqualTo(canary));
    traffic().more(50);
    assertThat(traffic().failing()).as("after it went away").isEmpty();
  }

  private ProxyConfigStatus status() {
    return Objects.requireNonNull(Objects.requireNonNull(portolan.proxyConfig(CONFIG)).getStatus());
  }

  /** The status says what failed where and why; so do Events; every node is as it was. */
  private void assertRolledBack(
      ProxyConfigStatus status, String good, String reason, String... words) {
    String bad = Objects.requireNonNull(status.updateRevision());
    assertThat(bad).isNotEqualTo(good);
    assertThat(status.currentRevision()).isEqualTo(good);
    var failure = Objects.requireNonNull(Objects.requireNonNull(status.rollout()).failure());
    assertThat(failure.revision()).isEqualTo(bad);
    assertThat(failure.reason()).isEqualTo(reason);
    assertThat(failure.node()).isEqualTo(canary.name());
    assertThat(failure.message()).contains(words);
    Condition stalled = Installation.condition(status.conditions(), "Stalled").orElseThrow();
    assertThat(stalled.getReason()).isEqualTo("RolledBack");
    assertThat(stalled.getMessage())
        .contains(bad, canary.name())
        .contains(words)
        .endsWith("every node was given " + good + " again");
    assertThat(portolan.nodeProxies())
        .allSatisfy(
            node -> {
              assertThat(node.getSpec().revision()).isEqualTo(good);
              assertThat(Installation.serves(node)).isTrue();
            });
    assertEvents(
        "RolloutFailed %s: %s: %s: ".formatted(bad, reason, canary.name()), "RolledBack " + bad);
  }

  /** Events follow the status they tell about. */
  private void assertEvents(String... beginnings) {
    for (String beginning : beginnings) {
      Waiting.on("an Event that begins with '" + beginning + "'", Duration.ofSeconds(10))
          .until(
              () ->
                  events().lines().anyMatch(line -> line.startsWith(beginning))
                      ? Optional.empty()
                      : Optional.of(events()));
    }
  }

  private String events() {
    return portolan
        .kubectl()
        .run(
            "get",
            "events",
            "--field-selector",
            "involvedObject.kind=ProxyConfig",
            "-o",
            "jsonpath={range .items[*]}{.reason} {.message}{\"\\n\"}{end}");
  }

  private List<Pod> agents() {
    return cluster
        .client()
        .pods()
        .inNamespace(Installation.NAMESPACE)
        .withLabel("app.kubernetes.io/name", "portolan-agent")
        .list()
        .getItems();
  }

  /** Pod and running container of each agent by its node; a restart changes the latter. */
  private Map<String, String> agentsByNode() {
    return agents().stream()
        .collect(
            Collectors.toMap(
                pod -> pod.getSpec().getNodeName(),
                pod ->
                    pod.getMetadata().getName()
                        + " "
                        + pod.getStatus().getContainerStatuses().getFirst().getContainerID(),
                (a, b) -> a,
                java.util.TreeMap::new));
  }

  private Traffic traffic() {
    return started.orElseThrow();
  }
}
