package io.portolan.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.portolan.api.v1alpha1.NodeCounts;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterExtension;
import io.portolan.e2e.cluster.ClusterOptions;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Output;
import io.portolan.e2e.cluster.Waiting;
import io.portolan.e2e.install.EchoTotals;
import io.portolan.e2e.install.Installation;
import io.portolan.e2e.install.KernelView;
import io.portolan.e2e.install.NodeProcesses;
import io.portolan.e2e.install.SampleApp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole way, once: ProxyConfig -> operator -> NodeProxy -> agent -> kernel -> packets ->
 * status.
 */
@DisplayName("A cluster of three nodes without kube-proxy, with Portolan")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SpineTest {
  private static final String AGENT = "io.portolan.agent.Main";
  private static final String OPERATOR = "io.portolan.operator.OperatorApplication";
  private static final String CONFIG = "default";
  private static final Duration SOON = Duration.ofSeconds(90);

  @RegisterExtension
  static final ClusterExtension CLUSTER =
      new ClusterExtension(Installation.images(ClusterOptions.defaults()));

  private final Cluster cluster;
  private final Installation portolan;
  private final SampleApp app;

  SpineTest(Cluster cluster) {
    this.cluster = cluster;
    this.portolan = Installation.on(cluster);
    this.app = SampleApp.on(cluster);
  }

  @BeforeAll
  void applySample() {
    portolan.kubectl().apply(Installation.file("crds/samples/proxyconfig-default.yaml"));
    portolan.waitNodesReady(cluster.nodes().size(), SOON);
  }

  @Test
  @Order(1)
  @DisplayName(
      "kubectl apply of the sample makes every NodeProxy Ready at its revision, and the ProxyConfig Ready")
  void sampleIsServed() {
    var status = portolan.waitReady(CONFIG, SOON);
    assertThat(status.nodes()).isEqualTo(new NodeCounts(3, 3, 3, 0, 0, 0));
    assertThat(status.currentRevision()).isEqualTo(status.updateRevision());
    assertThat(portolan.nodeProxies())
        .allSatisfy(
            node -> {
              assertThat(node.getStatus().revision()).isEqualTo(status.updateRevision());
              assertThat(node.getStatus().services()).isPositive();
              assertThat(node.getMetadata().getOwnerReferences().getFirst().getKind())
                  .isEqualTo("Node");
            });
  }

  @Test
  @Order(2)
  @DisplayName(
      "a Pod on any node reaches ClusterIP and every node's NodePort, IPv4 and IPv6, TCP and UDP, and every endpoint")
  void everyFrontendReachesEveryEndpoint() {
    for (Node from : cluster.nodes()) {
      for (boolean ipv6 : List.of(false, true)) {
        reaches(from, SampleApp.target(app.clusterIp("echo", ipv6), 80));
        for (Node node : cluster.nodes()) {
          reaches(from, SampleApp.target(ipv6 ? node.ipv6() : node.ipv4(), SampleApp.NODE_PORT));
        }
      }
    }
  }

  private void reaches(Node from, String target) {
    for (String[] protocol : new String[][] {{}, {"--udp"}}) {
      EchoTotals totals = app.call(from, target, 300, protocol);
      assertThat(totals.errors())
          .as("%s %s from %s", target, List.of(protocol), from.name())
          .isEmpty();
      assertThat(totals.answers()).as("who answered at %s", target).hasSize(3);
    }
  }

  @Test
  @Order(3)
  @DisplayName("a Service without endpoints refuses at once, on both families")
  void noEndpointRefuses() {
    for (boolean ipv6 : List.of(false, true)) {
      EchoTotals totals =
          app.call(
              cluster.nodes().getFirst(), SampleApp.target(app.clusterIp("nobody", ipv6), 80), 3);
      assertThat(totals.failures())
          .hasSize(3)
          .allSatisfy(f -> assertThat(f.kind()).isEqualTo("refused"));
    }
  }

  @Test
  @Order(4)
  @DisplayName(
      "1,000 changes of endpoints fail no connection of a client that runs all the time; the agent execs nothing")
  void endpointChurn(@TempDir Path folder) throws IOException, InterruptedException {
    Node node = cluster.nodes().getFirst();
    var churn = new Churn(cluster, app.servers());
    Path trace = folder.resolve("strace");
    long agent = NodeProcesses.running(node, AGENT).getFirst();
    Process strace =
        new ProcessBuilder(
                "strace",
                "-f",
                "-e",
                "trace=execve,execveat",
                "-o",
                trace.toString(),
                "-p",
                Long.toString(agent))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("strace.out").toFile())
            .start();
    try (var caller =
        app.startCaller("churn-caller", node, Duration.ofMillis(2), churn.targets())) {
      churn.change(1000);
      assertThat(caller.settledTotals())
          .allSatisfy(
              (target, totals) -> {
                assertThat(totals.failures()).as("failures at %s", target).isEmpty();
                assertThat(totals.calls()).isGreaterThan(500);
              });
    } finally {
      strace.destroy();
      if (!strace.waitFor(10, TimeUnit.SECONDS)) {
        strace.destroyForcibly();
      }
    }
    assertThat(Files.readString(folder.resolve("strace.out"))).contains("attached");
    assertThat(Files.readString(trace)).doesNotContain("exec");
    churn.settled();
  }

  @Test
  @Order(5)
  @DisplayName(
      "a change of the ProxyConfig is applied live: no agent restarts, no connection fails")
  void liveChange() {
    List<String> agents = agentContainers();
    Set<String> direct = sourcesSeen();
    try (var caller =
        app.startCaller("change-caller", cluster.nodes().get(1), Duration.ofMillis(5), targets())) {
      String before = portolan.waitReady(CONFIG, SOON).currentRevision();
      portolan.patch(CONFIG, "{\"spec\":{\"traffic\":{\"masqueradeAll\":true}}}");
      assertThat(portolan.waitReady(CONFIG, SOON).currentRevision()).isNotEqualTo(before);
      assertThat(caller.settledTotals())
          .allSatisfy((target, totals) -> assertThat(totals.failures()).isEmpty());
    }
    assertThat(agentContainers()).isEqualTo(agents);
    assertThat(sourcesSeen())
        .as("the source is masqueraded now")
        .doesNotContainAnyElementsOf(direct);
  }

  @Test
  @Order(6)
  @DisplayName(
      "input that cannot be meant is refused with the field and the fix, or said in a condition; what runs goes on")
  void invalidInput() {
    String before = served();
    refused("{mode: magic}", "spec.mode", "nftables");
    refused("{affinity: {timeout: \"-5s\"}}", "spec.affinity.timeout");
    refused(
        "{nodeSelector: {matchLabels: {tier: edge}, matchExpressions: [{key: tier, operator: NotIn, values: [edge]}]}}",
        "spec.nodeSelector",
        "tier");
    portolan
        .kubectl()
        .apply(config("nobody", "{priority: 100, nodeSelector: {matchLabels: {no: such}}}"));
    Waiting.on("a condition that says that no node matches", SOON)
        .until(
            () -> {
              var config = portolan.proxyConfig("nobody");
              Optional<Condition> ready =
                  Installation.condition(
                      config == null || config.getStatus() == null
                          ? null
                          : config.getStatus().conditions(),
                      "Ready");
              return ready.filter(c -> c.getReason().equals("NoMatchingNodes")).isPresent()
                  ? Optional.empty()
                  : Optional.of("Ready is " + ready);
            });
    portolan.kubectl().run("delete", "pxc", "nobody", "--timeout=60s");
    assertThat(served()).isEqualTo(before);
    reachesSome();
  }

  private void refused(String spec, String... words) {
    Output output = portolan.kubectl().attemptApply(config("bad", spec));
    assertThat(output.succeeded()).as("apply of " + spec).isFalse();
    assertThat(output.errors()).contains(words);
  }

  private static String config(String name, String spec) {
    return "{apiVersion: portolan.io/v1alpha1, kind: ProxyConfig, metadata: {name: "
        + name
        + "}, spec: "
        + spec
        + "}";
  }

  @Test
  @Order(7)
  @DisplayName(
      "after kill -9 of every agent traffic goes on, and the restarted agents adopt what is in the kernel")
  void agentsDie() {
    List<String> before = agentContainers();
    try (var caller =
        app.startCaller("agent-caller", cluster.nodes().get(1), Duration.ofMillis(5), targets())) {
      cluster.nodes().forEach(node -> assertThat(NodeProcesses.kill9(node, AGENT)).isEqualTo(1));
      Waiting.on("a new container of each agent", SOON)
          .until(
              () ->
                  agentContainers().stream().noneMatch(before::contains)
                          && agentContainers().size() == 3
                      ? Optional.empty()
                      : Optional.of(agentContainers().toString()));
      portolan.waitReady(CONFIG, SOON);
      app.scale(4);
      app.waitForServers(4);
      everyKernelHasTheServers();
      assertThat(caller.settledTotals())
          .allSatisfy((target, totals) -> assertThat(totals.failures()).isEmpty());
    }
  }

  @Test
  @Order(8)
  @DisplayName(
      "after kill -9 of the operator's leader the other replica takes over and a change still reaches every node")
  void leaderDies() {
    String leader = leader();
    String nodeName =
        cluster
            .client()
            .pods()
            .inNamespace(Installation.NAMESPACE)
            .withName(leader.split("_", 2)[0])
            .get()
            .getSpec()
            .getNodeName();
    Node node =
        cluster.nodes().stream().filter(n -> n.name().equals(nodeName)).findFirst().orElseThrow();
    assertThat(NodeProcesses.kill9(node, OPERATOR)).isEqualTo(1);
    portolan.patch(CONFIG, "{\"spec\":{\"affinity\":{\"timeout\":\"2h\"}}}");
    portolan.waitReady(CONFIG, SOON);
    assertThat(portolan.nodeProxies())
        .allSatisfy(n -> assertThat(n.getSpec().settings().affinity().timeout()).isEqualTo("2h"));
    reachesSome();
  }

  @Test
  @Order(9)
  @DisplayName(
      "with the API server killed for 30 s, and an agent with it, traffic goes on; afterwards the status is right again")
  void apiServerDies() throws InterruptedException {
    Node node = cluster.nodes().get(2);
    try (var caller = app.startCaller("api-caller", node, Duration.ofMillis(5), targets())) {
      String ip = caller.ip();
      cluster.stopApiServer();
      try {
        NodeProcesses.kill9(node, AGENT);
        Thread.sleep(Duration.ofSeconds(30)); // the outage itself, not a wait for something
      } finally {
        cluster.startApiServer();
      }
      assertThat(caller.settledTotals(ip))
          .allSatisfy((target, totals) -> assertThat(totals.failures()).isEmpty());
      app.scale(3);
      portolan.waitNodesReady(3, SOON);
      portolan.waitReady(CONFIG, SOON);
      app.waitForServers(3);
      everyKernelHasTheServers();
    }
  }

  @Test
  @Order(10)
  @DisplayName("who edits or deletes the DaemonSet finds it as it was")
  void driftIsRepaired() {
    String image = daemonSetImage();
    portolan
        .kubectl()
        .run(
            "-n",
            Installation.NAMESPACE,
            "set",
            "image",
            "daemonset/portolan-agent-" + CONFIG,
            "*=portolan.io/wrong:dev");
    Waiting.on("the image of the DaemonSet", SOON)
        .until(
            () ->
                daemonSetImage().equals(image) ? Optional.empty() : Optional.of(daemonSetImage()));
  }

  @Test
  @Order(11)
  @DisplayName(
      "deleting the last ProxyConfig takes everything of ours out of every kernel, and then the NodeProxies away")
  void deletionCleansTheKernels() {
    assertThat(cluster.nodes())
        .allSatisfy(node -> assertThat(new KernelView(node).programmed()).isTrue());
    portolan.kubectl().run("delete", "pxc", CONFIG, "--timeout=100s");
    assertThat(cluster.nodes())
        .allSatisfy(node -> assertThat(new KernelView(node).programmed()).isFalse());
    assertThat(portolan.nodeProxies()).isEmpty();
  }

  private List<String> targets() {
    return List.of(
        SampleApp.target(app.clusterIp("echo", false), 80),
        SampleApp.target(app.clusterIp("echo", true), 80),
        SampleApp.target(cluster.nodes().getFirst().ipv4(), SampleApp.NODE_PORT));
  }

  /**
   * Client addresses that the servers see when a Pod of the first node calls them through the
   * ClusterIP.
   */
  private Set<String> sourcesSeen() {
    String target = SampleApp.target(app.clusterIp("echo", false), 80);
    return app.call(cluster.nodes().getFirst(), target, 50).remotes().keySet();
  }

  private void reachesSome() {
    assertThat(app.call(cluster.nodes().getFirst(), targets().getFirst(), 50).errors()).isEmpty();
  }

  private void everyKernelHasTheServers() {
    for (Node node : cluster.nodes()) {
      Waiting.on("every server Pod in the kernel of " + node.name(), SOON)
          .until(
              () -> {
                var lacking =
                    app.servers().stream()
                        .map(pod -> pod.getStatus().getPodIP())
                        .filter(ip -> !new KernelView(node).endpoints("ip").contains(ip))
                        .toList();
                return lacking.isEmpty() ? Optional.empty() : Optional.of("without " + lacking);
              });
    }
  }

  /** Id of the running container of each agent, which a restart changes. */
  private List<String> agentContainers() {
    return cluster
        .client()
        .pods()
        .inNamespace(Installation.NAMESPACE)
        .withLabel("app.kubernetes.io/name", "portolan-agent")
        .list()
        .getItems()
        .stream()
        .flatMap(pod -> pod.getStatus().getContainerStatuses().stream())
        .filter(status -> status.getState().getRunning() != null)
        .map(status -> status.getContainerID())
        .sorted()
        .toList();
  }

  /** What every node was told to run. */
  private String served() {
    return portolan.nodeProxies().stream()
        .collect(
            Collectors.toMap(
                (NodeProxy n) -> n.getMetadata().getName(),
                n -> n.getSpec().revision(),
                (a, b) -> a,
                java.util.TreeMap::new))
        .toString();
  }

  private String leader() {
    return cluster
        .client()
        .leases()
        .inNamespace(Installation.NAMESPACE)
        .withName("portolan-operator")
        .get()
        .getSpec()
        .getHolderIdentity();
  }

  private String daemonSetImage() {
    return Optional.ofNullable(
            cluster
                .client()
                .apps()
                .daemonSets()
                .inNamespace(Installation.NAMESPACE)
                .withName("portolan-agent-" + CONFIG)
                .get())
        .map(d -> d.getSpec().getTemplate().getSpec().getContainers().getFirst().getImage())
        .orElse("no DaemonSet");
  }
}
