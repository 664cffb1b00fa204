package io.portolan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.sync.NodeTuning;
import io.portolan.agent.sync.RecordingDataplane;
import io.portolan.api.v1alpha1.LogLevel;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import io.portolan.api.v1alpha1.Settings;
import io.portolan.api.v1alpha1.Versions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole agent on a real API server, with a map in place of the kernel. */
@Timeout(180)
class AgentApiTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String NODE = "n0";

  private static ApiServer server;
  private static KubernetesClient client;

  private final RecordingDataplane kernel = new RecordingDataplane();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private Service web = new Service();
  private int httpPort;

  @BeforeAll
  static void startServer() throws Exception {
    server = ApiServer.start();
    client = server.client();
  }

  @AfterAll
  static void stopServer() {
    if (client != null) {
      client.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void objects() {
    client.resource(node()).create();
    client
        .resource(node())
        .subresource("status")
        .patch(
            new NodeBuilder(node())
                .withNewStatus()
                .addNewAddress("192.168.0.5", "InternalIP")
                .endStatus()
                .build());
    web = client.resource(service("web", 30080)).create();
    client.resource(slice("web-1", "web", "10.1.0.1", "10.1.0.2")).create();
  }

  @AfterEach
  void clean() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
    client.services().inNamespace("default").withLabel("test").delete();
    client.discovery().v1().endpointSlices().inNamespace("default").withLabel("test").delete();
    client.resources(NodeProxy.class).delete();
    client.nodes().delete();
    Eventually.holds(
        SOON,
        () -> {
          assertThat(client.resources(NodeProxy.class).list().getItems()).isEmpty();
          assertThat(client.nodes().list().getItems()).isEmpty();
        });
  }

  private void startAgent() {
    KubernetesClient own = server.agentClient();
    var agent =
        new Agent(
            own,
            NODE,
            () -> kernel,
            new NodeTuning(new Sysctl(Path.of("nowhere")), 1, level -> {}),
            new Versions("test", "6.18"),
            0);
    httpPort = agent.httpPort();
    opened.add(agent);
    opened.add(own);
  }

  private static Node node() {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(NODE)
        .endMetadata()
        .withNewSpec()
        .withPodCIDR("10.1.0.0/24")
        .withPodCIDRs("10.1.0.0/24")
        .endSpec()
        .build();
  }

  private static Service service(String name, int nodePort) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .addToLabels("test", "yes")
        .endMetadata()
        .withNewSpec()
        .withType("NodePort")
        .addNewPort()
        .withName("http")
        .withPort(80)
        .withNodePort(nodePort)
        .endPort()
        .endSpec()
        .build();
  }

  private static EndpointSlice slice(String name, String service, String... ips) {
    var builder =
        new EndpointSliceBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName(name)
            .addToLabels("test", "yes")
            .addToLabels("kubernetes.io/service-name", service)
            .addToAnnotations(
                "endpoints.kubernetes.io/last-change-trigger-time", Instant.now().toString())
            .endMetadata()
            .withAddressType("IPv4")
            .addNewPort()
            .withName("http")
            .withPort(8080)
            .withProtocol("TCP")
            .endPort();
    for (String ip : ips) {
      builder.addNewEndpoint().withAddresses(ip).withNodeName(NODE).endEndpoint();
    }
    return builder.build();
  }

  private static void nodeProxy(String revision, NodeState state, LogLevel level) {
    Settings defaults =
        Settings.of(
            new ProxyConfigSpec(null, null, null, null, null, null, null, null, null, null));
    var object = new NodeProxy();
    object.setMetadata(new ObjectMetaBuilder().withName(NODE).build());
    object.setSpec(
        new NodeProxySpec(
            revision,
            state,
            new Settings(
                defaults.mode(),
                defaults.affinity(),
                defaults.traffic(),
                null,
                defaults.sync(),
                level)));
    client.resource(object).serverSideApply();
  }

  private static NodeProxy stored() {
    return Objects.requireNonNull(client.resources(NodeProxy.class).withName(NODE).get());
  }

  private static Condition ready(@Nullable NodeProxyStatus status) {
    if (status == null || status.conditions() == null) {
      throw new AssertionError("no conditions in " + status);
    }
    return status.conditions().stream()
        .filter(c -> c.getType().equals("Ready"))
        .findFirst()
        .orElseThrow();
  }

  private void awaitReady(String revision) {
    Eventually.holds(
        SOON,
        () -> {
          NodeProxy now = stored();
          assertThat(now.getStatus()).isNotNull();
          assertThat(ready(now.getStatus()).getStatus()).isEqualTo("True");
          assertThat(now.getStatus().revision()).isEqualTo(revision);
          assertThat(now.getStatus().observedGeneration())
              .isEqualTo(now.getMetadata().getGeneration());
        });
  }

  private @Nullable PortPlan port(String service) {
    return kernel.port(key -> key.service().equals(service));
  }

  private HttpResponse<String> get(String path) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path))
              .timeout(Duration.ofSeconds(5))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  @DisplayName("Services, slices, Node and NodeProxy become the plan; the status says what holds")
  void plan() throws Exception {
    nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    startAgent();
    awaitReady("r1");
    PortPlan port = Objects.requireNonNull(port("web"));
    assertThat(port.frontends())
        .containsExactly(
            new Frontend.ClusterIp(Ip.parse(web.getSpec().getClusterIP()), 80),
            new Frontend.NodePort(30080));
    assertThat(Samples.ips(port)).containsExactly("10.1.0.1", "10.1.0.2");
    assertThat(port.endpoints()).allMatch(endpoint -> endpoint.local());
    assertThat(kernel.held().node().podRanges()).containsExactly(Cidr.parse("10.1.0.0/24"));
    assertThat(kernel.held().node().nodePortAddresses()).containsExactly(Ip.parse("192.168.0.5"));

    NodeProxyStatus status = stored().getStatus();
    int ports = kernel.held().ports().size();
    assertThat(status.services()).isEqualTo(ports);
    assertThat(status.versions()).isEqualTo(new Versions("test", "6.18"));
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    assertThat(get("/healthz").body()).contains("lastUpdated").contains("currentTime");
    assertThat(get("/livez").statusCode()).isEqualTo(200);
  }

  @Test
  @DisplayName("changes reach the kernel, deletions too, and the metrics have kube-proxy's names")
  void changes() throws Exception {
    nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    startAgent();
    awaitReady("r1");
    client.resource(slice("web-1", "web", "10.1.0.3")).update();
    Eventually.holds(SOON, () -> assertThat(Samples.ips(port("web"))).containsExactly("10.1.0.3"));
    client.resource(slice("web-2", "web", "10.1.0.4")).create();
    Eventually.holds(
        SOON, () -> assertThat(Samples.ips(port("web"))).containsExactly("10.1.0.3", "10.1.0.4"));
    client.discovery().v1().endpointSlices().inNamespace("default").withName("web-1").delete();
    Eventually.holds(SOON, () -> assertThat(Samples.ips(port("web"))).containsExactly("10.1.0.4"));
    client.services().inNamespace("default").withName("web").delete();
    Eventually.holds(SOON, () -> assertThat(port("web")).isNull());
    assertThat(kernel.calls()).filteredOn("replace"::equals).hasSize(1);

    String metrics = get("/metrics").body();
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
    nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    startAgent();
    awaitReady("r1");
    assertThat(port("web")).isNull();
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
    Eventually.holds(SOON, () -> assertThat(port("web")).isNotNull());
  }

  @Test
  @DisplayName("without a NodeProxy the agent waits; it is live, and not healthy")
  void waits() throws Exception {
    startAgent();
    Eventually.holds(SOON, () -> assertThat(get("/livez").statusCode()).isEqualTo(200));
    Eventually.stays(Duration.ofSeconds(2), kernel::calls);
    assertThat(kernel.calls()).isEmpty();
    assertThat(get("/healthz").statusCode()).isEqualTo(503);
    nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    awaitReady("r1");
  }

  @Test
  @DisplayName("a new revision and a removal are carried out live and told in the status")
  void orders() throws Exception {
    nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    startAgent();
    awaitReady("r1");
    nodeProxy("r2", NodeState.ACTIVE, LogLevel.WARN);
    awaitReady("r2");
    nodeProxy("r2", NodeState.REMOVED, LogLevel.WARN);
    Eventually.holds(
        SOON,
        () -> {
          NodeProxy now = stored();
          assertThat(ready(now.getStatus()).getReason()).isEqualTo("Removed");
          assertThat(now.getStatus().revision()).isNull();
          assertThat(now.getStatus().services()).isZero();
          assertThat(now.getStatus().observedGeneration())
              .isEqualTo(now.getMetadata().getGeneration());
        });
    assertThat(kernel.held().ports()).isEmpty();
    assertThat(get("/healthz").statusCode()).isEqualTo(503);
    nodeProxy("r2", NodeState.ACTIVE, LogLevel.WARN);
    awaitReady("r2");
    assertThat(kernel.calls()).containsExactly("replace", "remove", "replace");
  }

  @Test
  @DisplayName("what the kernel refuses is told in its own words, until it takes it")
  void refused() {
    kernel.refuse(3, "set svc: no space left");
    nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    startAgent();
    Eventually.holds(
        SOON,
        () -> {
          Condition ready = ready(stored().getStatus());
          assertThat(ready.getReason()).isEqualTo("SyncFailed");
          assertThat(ready.getMessage()).isEqualTo("set svc: no space left");
        });
    awaitReady("r1");
  }

  @Test
  @DisplayName("a status that another hand changed is put right; a quiet node writes nothing")
  void quiet() throws Exception {
    nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    startAgent();
    awaitReady("r1");
    NodeProxyStatus good = stored().getStatus();
    client
        .resources(NodeProxy.class)
        .withName(NODE)
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":{\"revision\":\"forged\"}}");
    Eventually.holds(SOON, () -> assertThat(stored().getStatus()).isEqualTo(good));
    Eventually.stays(Duration.ofSeconds(13), () -> stored().getMetadata().getResourceVersion());
  }

  @Test
  @DisplayName(
      "without an API server the agent stays, and afterwards catches up with all it missed")
  void outage() throws Exception {
    nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    client.resource(service("gone", 30081)).create();
    startAgent();
    awaitReady("r1");
    List<String> before = kernel.calls();
    server.killAgents();
    try {
      client.resource(slice("web-1", "web", "10.1.0.7")).update();
      client.services().inNamespace("default").withName("gone").delete();
      client.resource(service("new", 30082)).create();
      nodeProxy("r2", NodeState.ACTIVE, LogLevel.INFO);
      Eventually.stays(Duration.ofSeconds(8), kernel::calls);
      assertThat(kernel.calls()).isEqualTo(before);
      assertThat(get("/livez").statusCode()).isEqualTo(200);
      assertThat(get("/healthz").statusCode()).isEqualTo(200);
    } finally {
      server.startAgents();
    }
    Eventually.holds(
        Duration.ofSeconds(60),
        () -> {
          assertThat(Samples.ips(port("web"))).containsExactly("10.1.0.7");
          assertThat(port("gone")).isNull();
          assertThat(port("new")).isNotNull();
        });
    awaitReady("r2");
  }

  @Test
  @DisplayName("an agent that starts without an API server leaves the kernel alone until it comes")
  void startWithout() throws Exception {
    nodeProxy("r1", NodeState.ACTIVE, LogLevel.INFO);
    server.killAgents();
    try {
      startAgent();
      Eventually.stays(Duration.ofSeconds(8), kernel::calls);
      assertThat(kernel.calls()).isEmpty();
      assertThat(get("/livez").statusCode()).isEqualTo(200);
    } finally {
      server.startAgents();
    }
    Eventually.holds(Duration.ofSeconds(60), () -> assertThat(port("web")).isNotNull());
    awaitReady("r1");
  }
}
