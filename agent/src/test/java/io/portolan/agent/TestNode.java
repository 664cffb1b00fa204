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
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.others.Neighbours;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.sync.NodeTuning;
import io.portolan.agent.sync.RecordingCleaner;
import io.portolan.agent.sync.RecordingDataplane;
import io.portolan.agent.sync.RecordingVariant;
import io.portolan.api.v1alpha1.Iptables;
import io.portolan.api.v1alpha1.IptablesBackend;
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

/**
 * A node, a Service with endpoints on it, and the whole agent for it, with a map in place of the
 * kernel.
 */
final class TestNode {
  static final String NAME = "n0";
  static final Duration SOON = Duration.ofSeconds(20);

  private final KubernetesClient client;
  private final KillableServer server;
  private final RecordingDataplane kernel = new RecordingDataplane();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private Service web = new Service();
  private int httpPort;

  TestNode(KubernetesClient client, KillableServer server) {
    this.client = client;
    this.server = server;
  }

  /** Stores what each test finds: the Node, the Service web with two endpoints; no NodeProxy. */
  void create() {
    client.resource(node()).create();
    address("192.168.0.5");
    web = client.resource(service("web", 30080)).create();
    client.resource(slice("web-1", "web", "10.1.0.1", "10.1.0.2")).create();
  }

  /** Gives the Node another address, which the agent then takes for the primary one. */
  void address(String ip) {
    client
        .resource(node())
        .subresource("status")
        .patch(
            new NodeBuilder(node())
                .withNewStatus()
                .addNewAddress(ip, "InternalIP")
                .endStatus()
                .build());
  }

  /** What the agent thinks is the kernel. */
  RecordingDataplane kernel() {
    return kernel;
  }

  /** The Service web as it was stored. */
  Service web() {
    return web;
  }

  void startAgent() {
    KubernetesClient own = server.client();
    var agent =
        new Agent(
            own,
            NAME,
            List.of(RecordingVariant.nftables(() -> kernel)),
            ours -> Neighbours.NONE,
            RecordingCleaner::new,
            new NodeTuning(new Sysctl(Path.of("nowhere")), 1, level -> {}),
            new Versions("test", "6.18"),
            null,
            0);
    httpPort = agent.httpPort();
    opened.add(agent);
    opened.add(own);
  }

  void nodeProxy(String revision, NodeState state, LogLevel level) {
    Settings defaults =
        Settings.of(
            new ProxyConfigSpec(
                null, null, null, null, null, null, null, null, null, null, null, null));
    var object = new NodeProxy();
    object.setMetadata(new ObjectMetaBuilder().withName(NAME).build());
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
                level,
                new Iptables(IptablesBackend.AUTO, 12),
                null)));
    client.resource(object).serverSideApply();
  }

  NodeProxy stored() {
    return Objects.requireNonNull(client.resources(NodeProxy.class).withName(NAME).get());
  }

  void awaitReady(String revision) {
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

  @Nullable PortPlan port(String service) {
    return kernel.port(key -> key.service().equals(service));
  }

  HttpResponse<String> get(String path) throws Exception {
    return get(httpPort, path);
  }

  static HttpResponse<String> get(int port, String path) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
              .timeout(Duration.ofSeconds(5))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  /** Ends the agents and deletes the objects of the test. */
  void delete() throws Exception {
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

  static Condition ready(@Nullable NodeProxyStatus status) {
    if (status == null || status.conditions() == null) {
      throw new AssertionError("no conditions in " + status);
    }
    return status.conditions().stream()
        .filter(c -> c.getType().equals("Ready"))
        .findFirst()
        .orElseThrow();
  }

  static Service service(String name, int nodePort) {
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

  static EndpointSlice slice(String name, String service, String... ips) {
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
      builder.addNewEndpoint().withAddresses(ip).withNodeName(NAME).endEndpoint();
    }
    return builder.build();
  }

  private static Node node() {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(NAME)
        .endMetadata()
        .withNewSpec()
        .withPodCIDR("10.1.0.0/24")
        .withPodCIDRs("10.1.0.0/24")
        .endSpec()
        .build();
  }
}
