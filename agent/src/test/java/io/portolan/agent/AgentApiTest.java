package io.portolan.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDRBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.api.testing.ApiServer;
import io.portolan.api.v1alpha1.LogLevel;
import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.Versions;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole agent on a real API server, with a map in place of the kernel. */
@Timeout(180)
class AgentApiTest {
  private static final Duration SOON = TestNode.SOON;

  private static ApiServer stays;
  private static KillableServer server;
  private static KubernetesClient client;

  private TestNode node;

  @BeforeAll
  static void startServers() throws Exception {
    stays = ApiServer.start();
    client = stays.client();
    server = new KillableServer(stays);
  }

  @AfterAll
  static void stopServers() {
    if (server != null) {
      server.close();
    }
    if (stays != null) {
      stays.close();
    }
  }

  @BeforeEach
  void create() {
    node = new TestNode(client, server);
    node.create();
  }

  @AfterEach
  void delete() throws Exception {
    node.delete();
  }

  @Test
  @DisplayName("Services, slices, Node and NodeProxy become the plan; the status says what holds")
  void plan() throws Exception {
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    node.startAgent();
    node.awaitReady("r1");
    PortPlan port = Objects.requireNonNull(node.port("web"));
    assertThat(port.frontends())
        .containsExactly(
            new Frontend.ClusterIp(Ip.parse(node.web().getSpec().getClusterIP()), 80),
            new Frontend.NodePort(30080));
    assertThat(Samples.ips(port)).containsExactly("10.1.0.1", "10.1.0.2");
    assertThat(port.reachable()).allMatch(endpoint -> endpoint.local());
    assertThat(node.kernel().held().node().pods())
        .isEqualTo(new PodSources.Ranges(List.of(Cidr.parse("10.1.0.0/24"))));
    assertThat(node.kernel().held().node().nodePortAddresses())
        .containsExactly(Ip.parse("192.168.0.5"));

    NodeProxyStatus status = node.stored().getStatus();
    int ports = node.kernel().held().ports().size();
    assertThat(status.services()).isEqualTo(ports);
    assertThat(status.versions()).isEqualTo(new Versions("test", "6.18"));
    assertThat(status.probes())
        .isEqualTo(
            new NodeProbes(
                "r1", List.of(), null, "no probe Service is named (PORTOLAN_PROBE_SERVICE)", null));
    assertThat(node.get("/healthz").statusCode()).isEqualTo(200);
    assertThat(node.get("/healthz").body()).contains("lastUpdated").contains("currentTime");
    assertThat(node.get("/livez").statusCode()).isEqualTo(200);
  }

  @Test
  @DisplayName("changes reach the kernel, deletions too, and the metrics have kube-proxy's names")
  void changes() throws Exception {
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    node.startAgent();
    node.awaitReady("r1");
    client.resource(TestNode.slice("web-1", "web", "10.1.0.3")).update();
    Eventually.holds(
        SOON, () -> assertThat(Samples.ips(node.port("web"))).containsExactly("10.1.0.3"));
    client.resource(TestNode.slice("web-2", "web", "10.1.0.4")).create();
    Eventually.holds(
        SOON,
        () -> assertThat(Samples.ips(node.port("web"))).containsExactly("10.1.0.3", "10.1.0.4"));
    client.discovery().v1().endpointSlices().inNamespace("default").withName("web-1").delete();
    Eventually.holds(
        SOON, () -> assertThat(Samples.ips(node.port("web"))).containsExactly("10.1.0.4"));
    client.services().inNamespace("default").withName("web").delete();
    Eventually.holds(SOON, () -> assertThat(node.port("web")).isNull());
    assertThat(node.kernel().calls()).filteredOn("replace"::equals).hasSize(1);

    String metrics = node.get("/metrics").body();
    assertThat(metrics)
        .contains("kubeproxy_sync_proxy_rules_duration_seconds_bucket{le=\"0.001\"}")
        .contains("kubeproxy_sync_proxy_rules_duration_seconds_count ")
        .contains("kubeproxy_sync_proxy_rules_last_timestamp_seconds ")
        .contains("kubeproxy_network_programming_duration_seconds_bucket{le=\"0.25\"}")
        .contains("kubeproxy_sync_proxy_rules_endpoint_changes_total ")
        .contains("kubeproxy_sync_proxy_rules_service_changes_total ")
        .contains("kubeproxy_sync_proxy_rules_nftables_sync_failures_total 0.0")
        .contains("portolan_services ")
        .contains("portolan_endpoints ")
        .contains("portolan_drift_entries_total{kind=\"missing\"} 0.0")
        .contains("portolan_sync_pending 0.0")
        .contains("portolan_revision_info{revision=\"r1\"} 1")
        .contains("jvm_memory_used_bytes{");
  }

  @Test
  @DisplayName("Services of another proxy are not served")
  void otherProxy() {
    client
        .services()
        .inNamespace("default")
        .withName("web")
        .edit(
            s ->
                new ServiceBuilder(s)
                    .editMetadata()
                    .addToLabels("service.kubernetes.io/service-proxy-name", "other")
                    .endMetadata()
                    .build());
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    node.startAgent();
    node.awaitReady("r1");
    assertThat(node.port("web")).isNull();
    client
        .services()
        .inNamespace("default")
        .withName("web")
        .edit(
            s ->
                new ServiceBuilder(s)
                    .editMetadata()
                    .removeFromLabels("service.kubernetes.io/service-proxy-name")
                    .endMetadata()
                    .build());
    Eventually.holds(SOON, () -> assertThat(node.port("web")).isNotNull());
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {"service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless"})
  @DisplayName("a Service that gets a label later by which it is not for us is served no more")
  void labelLater(String label) {
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    node.startAgent();
    node.awaitReady("r1");
    assertThat(node.port("web")).isNotNull();
    client
        .services()
        .inNamespace("default")
        .withName("web")
        .edit(
            s ->
                new ServiceBuilder(s).editMetadata().addToLabels(label, "x").endMetadata().build());
    Eventually.holds(SOON, () -> assertThat(node.port("web")).isNull());
  }

  @Test
  @DisplayName("a Service with external policy Local answers at its health check port")
  void serviceHealth() {
    node.address("127.0.0.1");
    var balanced =
        client
            .resource(
                new ServiceBuilder(TestNode.service("balanced", 30083))
                    .editSpec()
                    .withType("LoadBalancer")
                    .withExternalTrafficPolicy("Local")
                    .endSpec()
                    .build())
            .create();
    int port = balanced.getSpec().getHealthCheckNodePort();
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    node.startAgent();
    answers(port, 503, 0);
    client.resource(TestNode.slice("balanced-1", "balanced", "10.1.0.1", "10.1.0.2")).create();
    answers(port, 200, 2);
    client.resource(TestNode.slice("balanced-1", "balanced", "10.1.0.2")).update();
    answers(port, 200, 1);
    node.nodeProxy("r1", NodeState.REMOVED, LogLevel.INFO);
    closed(port);
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    answers(port, 200, 1);
    client.services().inNamespace("default").withName("balanced").delete();
    closed(port);
  }

  private void answers(int port, int status, int endpoints) {
    Eventually.holds(
        SOON,
        () -> {
          var answer = TestNode.get(port, "/");
          assertThat(answer.statusCode()).isEqualTo(status);
          assertThat(answer.headers().firstValue("X-Load-Balancing-Endpoint-Weight"))
              .contains(Integer.toString(endpoints));
          assertThat(answer.body()).contains("\"balanced\"").contains("Healthy\": true");
        });
  }

  private static void closed(int port) {
    Eventually.holds(
        SOON,
        () ->
            assertThatThrownBy(() -> TestNode.get(port, "/")).isInstanceOf(ConnectException.class));
  }

  @Test
  @DisplayName("a node that is about to go is not healthy, but live, and serves on")
  void leaving() {
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    node.startAgent();
    node.awaitReady("r1");
    client
        .nodes()
        .withName(TestNode.NAME)
        .edit(
            n ->
                new NodeBuilder(n)
                    .editSpec()
                    .addNewTaint("NoSchedule", "ToBeDeletedByClusterAutoscaler", null, "1")
                    .endSpec()
                    .build());
    Eventually.holds(
        SOON,
        () -> {
          assertThat(node.get("/healthz").statusCode()).isEqualTo(503);
          assertThat(node.get("/healthz").body()).contains("about to go");
          assertThat(node.get("/livez").statusCode()).isEqualTo(200);
        });
    client.resource(TestNode.slice("web-1", "web", "10.1.0.3")).update();
    Eventually.holds(
        SOON, () -> assertThat(Samples.ips(node.port("web"))).containsExactly("10.1.0.3"));
    client
        .nodes()
        .withName(TestNode.NAME)
        .edit(n -> new NodeBuilder(n).editSpec().withTaints(List.of()).endSpec().build());
    Eventually.holds(SOON, () -> assertThat(node.get("/healthz").statusCode()).isEqualTo(200));
  }

  @Test
  @DisplayName("ServiceCIDRs are in the first plan, and followed")
  void serviceCidrs() {
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    Eventually.holds(
        SOON, () -> assertThat(client.resources(ServiceCIDR.class).list().getItems()).isNotEmpty());
    node.startAgent();
    node.awaitReady("r1");
    assertThat(node.kernel().calls()).containsExactly("replace");
    List<Cidr> before = node.kernel().held().node().serviceRanges();
    assertThat(before)
        .anyMatch(range -> range.contains(Ip.parse(node.web().getSpec().getClusterIP())));
    Cidr more = Cidr.parse("10.250.0.0/24");
    ServiceCIDR added =
        client
            .resource(
                new ServiceCIDRBuilder()
                    .withNewMetadata()
                    .withName("more")
                    .endMetadata()
                    .withNewSpec()
                    .addToCidrs(more.toString())
                    .endSpec()
                    .build())
            .create();
    try {
      Eventually.holds(
          SOON, () -> assertThat(node.kernel().held().node().serviceRanges()).contains(more));
    } finally {
      client.resource(added).delete();
    }
    Eventually.holds(
        SOON, () -> assertThat(node.kernel().held().node().serviceRanges()).isEqualTo(before));
  }

  @Test
  @DisplayName("without a NodeProxy the agent waits; it is live, and not healthy")
  void waits() throws Exception {
    node.startAgent();
    Eventually.holds(SOON, () -> assertThat(node.get("/livez").statusCode()).isEqualTo(200));
    Eventually.stays(Duration.ofSeconds(2), node.kernel()::calls);
    assertThat(node.kernel().calls()).isEmpty();
    assertThat(node.get("/healthz").statusCode()).isEqualTo(503);
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    node.awaitReady("r1");
  }

  @Test
  @DisplayName("a new revision and a removal are carried out live and told in the status")
  void orders() throws Exception {
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    node.startAgent();
    node.awaitReady("r1");
    node.nodeProxy("r2", NodeState.ACTIVE, LogLevel.WARN);
    node.awaitReady("r2");
    node.nodeProxy("r2", NodeState.REMOVED, LogLevel.WARN);
    Eventually.holds(
        SOON,
        () -> {
          NodeProxy now = node.stored();
          assertThat(TestNode.ready(now.getStatus()).getReason()).isEqualTo("Removed");
          assertThat(now.getStatus().revision()).isNull();
          assertThat(now.getStatus().services()).isZero();
          assertThat(now.getStatus().observedGeneration())
              .isEqualTo(now.getMetadata().getGeneration());
        });
    assertThat(node.kernel().held().ports()).isEmpty();
    assertThat(node.get("/healthz").statusCode()).isEqualTo(503);
    node.nodeProxy("r2", NodeState.ACTIVE, LogLevel.WARN);
    node.awaitReady("r2");
    assertThat(node.kernel().calls()).containsExactly("replace", "remove", "replace");
  }

  @Test
  @DisplayName("what the kernel refuses is told in its own words, until it takes it")
  void refused() {
    node.kernel().refuse(3, "set svc: no space left");
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    node.startAgent();
    Eventually.holds(
        SOON,
        () -> {
          Condition ready = TestNode.ready(node.stored().getStatus());
          assertThat(ready.getReason()).isEqualTo("SyncFailed");
          assertThat(ready.getMessage()).isEqualTo("set svc: no space left");
        });
    node.awaitReady("r1");
  }

  @Test
  @DisplayName("a status that another hand changed is put right; a quiet node writes nothing")
  void quiet() throws Exception {
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    node.startAgent();
    node.awaitReady("r1");
    NodeProxyStatus good = node.stored().getStatus();
    client
        .resources(NodeProxy.class)
        .withName(TestNode.NAME)
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":{\"revision\":\"forged\"}}");
    Eventually.holds(SOON, () -> assertThat(node.stored().getStatus()).isEqualTo(good));
    Eventually.stays(
        Duration.ofSeconds(13), () -> node.stored().getMetadata().getResourceVersion());
  }

  @Test
  @DisplayName(
      "without an API server the agent stays, and afterwards catches up with all it missed")
  void outage() throws Exception {
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    client.resource(TestNode.service("gone", 30081)).create();
    node.startAgent();
    node.awaitReady("r1");
    List<String> before = node.kernel().calls();
    server.kill();
    try {
      client.resource(TestNode.slice("web-1", "web", "10.1.0.7")).update();
      client.services().inNamespace("default").withName("gone").delete();
      client.resource(TestNode.service("new", 30082)).create();
      node.nodeProxy("r2", NodeState.ACTIVE, LogLevel.INFO);
      Eventually.stays(Duration.ofSeconds(8), node.kernel()::calls);
      assertThat(node.kernel().calls()).isEqualTo(before);
      assertThat(node.get("/livez").statusCode()).isEqualTo(200);
      assertThat(node.get("/healthz").statusCode()).isEqualTo(200);
    } finally {
      server.start();
    }
    Eventually.holds(
        Duration.ofSeconds(60),
        () -> {
          assertThat(Samples.ips(node.port("web"))).containsExactly("10.1.0.7");
          assertThat(node.port("gone")).isNull();
          assertThat(node.port("new")).isNotNull();
        });
    node.awaitReady("r2");
  }

  @Test
  @DisplayName("an agent that starts without an API server leaves the kernel alone until it comes")
  void startWithout() throws Exception {
    node.nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    server.kill();
    try {
      node.startAgent();
      Eventually.stays(Duration.ofSeconds(8), node.kernel()::calls);
      assertThat(node.kernel().calls()).isEmpty();
      assertThat(node.get("/livez").statusCode()).isEqualTo(200);
    } finally {
      server.start();
    }
    Eventually.holds(Duration.ofSeconds(60), () -> assertThat(node.port("web")).isNotNull());
    node.awaitReady("r1");
  }
}
