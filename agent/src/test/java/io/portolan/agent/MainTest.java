package io.portolan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.api.testing.ApiServer;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import io.portolan.api.v1alpha1.Settings;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process of its own, with a real API server and a real kernel. */
@Timeout(180)
class MainTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String NODE = "real";

  private final List<AutoCloseable> opened = new ArrayList<>();
  private @TempDir Path folder;
  private KillableServer server;
  private NetworkNamespace node;
  private KubernetesClient client;

  @BeforeEach
  void open() throws Exception {
    ApiServer stays = keep(ApiServer.start());
    client = stays.client();
    server = keep(new KillableServer(stays));
    node = keep(NetworkNamespace.create("agent"));
    keep(new Relay(node, server.port()));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T keep(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  @Test
  @DisplayName(
      "programs the kernel, ends within 3 s of SIGTERM and leaves the kernel, adopts it when back")
  void lifecycle() throws Exception {
    client
        .resource(new NodeBuilder().withNewMetadata().withName(NODE).endMetadata().build())
        .create();
    String ip =
        client
            .resource(
                new ServiceBuilder()
                    .withNewMetadata()
                    .withNamespace("default")
                    .withName("web")
                    .endMetadata()
                    .withNewSpec()
                    .addNewPort()
                    .withName("http")
                    .withPort(80)
                    .endPort()
                    .endSpec()
                    .build())
            .create()
            .getSpec()
            .getClusterIP();
    client.resource(slice("10.1.0.1")).create();
    nodeProxy();

    Process agent = start(Map.of("NODE_NAME", NODE));
    awaitReady();
    assertThat(nft()).contains("default/web:http").contains(ip).contains("10.1.0.1 . 8080");
    assertThat(get("/healthz")).isEqualTo(200);
    assertThat(get("/metrics")).isEqualTo(200);

    client.resource(slice("10.1.0.2")).update();
    Eventually.holds(
        SOON, () -> assertThat(nft()).contains("10.1.0.2 . 8080").doesNotContain("10.1.0.1"));

    agent.destroy();
    assertThat(agent.waitFor(3, TimeUnit.SECONDS)).as("ended within 3 s").isTrue();
    assertThat(nft()).contains("10.1.0.2 . 8080");
    String before = nft();

    start(Map.of("NODE_NAME", NODE));
    Eventually.holds(SOON, () -> assertThat(log()).contains("the kernel holds the plan"));
    assertThat(log()).contains("Audit[missing=0, stale=0, foreign=0]");
    assertThat(nft()).isEqualTo(before);
    awaitReady();
  }

  @Test
  @DisplayName("without the name of its node it ends with one line that says what to set")
  void noName() throws Exception {
    Process agent = start(Map.of());
    assertThat(agent.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(agent.exitValue()).isEqualTo(1);
    assertThat(log().lines())
        .singleElement()
        .asString()
        .contains("cannot start: set NODE_NAME to the name of this node");
  }

  private Process start(Map<String, String> env) throws IOException {
    var builder =
        new ProcessBuilder(
                "ip",
                "netns",
                "exec",
                node.name(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("agent.log").toFile());
    builder.environment().put("KUBECONFIG", server.kubeconfig().toString());
    builder.environment().remove("NODE_NAME");
    builder.environment().putAll(env);
    Process process = builder.start();
    keep(
        () -> {
          process.destroyForcibly();
          process.waitFor(10, TimeUnit.SECONDS);
        });
    return process;
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("agent.log"));
  }

  private String nft() {
    return node.exec("nft", "list", "ruleset");
  }

  private int get(String path) {
    return node.call(
        () -> {
          var connection =
              (HttpURLConnection)
                  URI.create("http://127.0.0.1:10456" + path).toURL().openConnection();
          connection.setConnectTimeout(5_000);
          connection.setReadTimeout(5_000);
          return connection.getResponseCode();
        });
  }

  private void awaitReady() {
    Eventually.holds(
        SOON,
        () -> {
          NodeProxy now = client.resources(NodeProxy.class).withName(NODE).get();
          @Nullable NodeProxyStatus status = Objects.requireNonNull(now).getStatus();
          if (status == null || status.conditions() == null) {
            throw new AssertionError("no conditions; the agent's log: " + log());
          }
          assertThat(status.conditions())
              .as(log())
              .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
          assertThat(status.revision()).isEqualTo("r1");
        });
  }

  private void nodeProxy() {
    var object = new NodeProxy();
    object.setMetadata(new ObjectMetaBuilder().withName(NODE).build());
    object.setSpec(
        new NodeProxySpec(
            "r1",
            NodeState.ACTIVE,
            Settings.of(
                new ProxyConfigSpec(
                    null, null, null, null, null, null, null, null, null, null, null, null))));
    client.resource(object).create();
  }

  private static EndpointSlice slice(String ip) {
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web-1")
        .addToLabels("kubernetes.io/service-name", "web")
        .endMetadata()
        .withAddressType("IPv4")
        .addNewPort()
        .withName("http")
        .withPort(8080)
        .withProtocol("TCP")
        .endPort()
        .addNewEndpoint()
        .withAddresses(ip)
        .endEndpoint()
        .build();
  }
}
