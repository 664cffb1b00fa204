package io.portolan.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portolan.api.testing.ApiServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the API server does with good objects. */
@ExtendWith(ApiServer.Extension.class)
class StoredTest {
  private static final Path SAMPLES = Path.of("samples");

  private final ApiServer api;
  private final KubernetesClient client;

  StoredTest(ApiServer api) {
    this.api = api;
    this.client = api.client();
  }

  @BeforeEach
  @AfterEach
  void clean() {
    client.resources(ProxyConfig.class).delete();
    client.resources(NodeProxy.class).delete();
  }

  @Test
  @DisplayName("the minimal ProxyConfig is stored as it is, with mode nftables filled in")
  void minimal() {
    client.resource(sample("proxyconfig-default.yaml")).create();
    var stored = client.resources(ProxyConfig.class).withName("default").get();
    assertThat(stored.getSpec())
        .isEqualTo(
            new ProxyConfigSpec(
                null, null, Mode.NFTABLES, null, null, null, null, null, null, null, null, null));
    assertThat(stored.getMetadata().getGeneration()).isEqualTo(1);
    assertThat(stored.getStatus()).isNull();
  }

  @Test
  @DisplayName("the full ProxyConfig is read back equal, through the records and as plain YAML")
  void full() throws IOException {
    var sent = sample("proxyconfig-full.yaml");
    client.resource(sent).create();
    var stored = client.resources(ProxyConfig.class).withName("edge").get();
    assertThat(stored.getSpec()).isEqualTo(sent.getSpec());
    GenericKubernetesResource plain =
        client
            .genericKubernetesResources("portolan.io/v1alpha1", "ProxyConfig")
            .withName("edge")
            .get();
    assertThat(plain.<Object>get("spec")).isEqualTo(tree("proxyconfig-full.yaml").get("spec"));
  }

  @Test
  @DisplayName("the full sample shows every field of the spec; in a comment what excludes another")
  void fullIsFull() throws IOException {
    var crd =
        client
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .withName("proxyconfigs.portolan.io");
    var schema = crd.get().getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
    var missing = new ArrayList<String>();
    missing(
        "spec",
        SchemaDetails.at(schema, "spec"),
        List.of(tree("proxyconfig-full.yaml").get("spec")),
        missing);
    assertThat(missing)
        .containsExactlyInAnyOrder(
            "spec.traffic.detectLocal.bridgeInterface",
            "spec.traffic.detectLocal.interfaceNamePrefix");
    assertThat(SAMPLES.resolve("proxyconfig-full.yaml"))
        .content()
        .contains("# or bridgeInterface: ")
        .contains("# or interfaceNamePrefix: ");
  }

  @Test
  @DisplayName("a NodeProxy with the settings of the full ProxyConfig is read back equal")
  void nodeProxy() {
    var sent = nodeProxy("node-1.example.com", sample("proxyconfig-full.yaml"));
    client.resource(sent).create();
    var stored = client.resources(NodeProxy.class).withName("node-1.example.com").get();
    assertThat(stored.getSpec()).isEqualTo(sent.getSpec());
  }

  @Test
  @DisplayName("the status of a ProxyConfig has a door of its own: neither side changes the other")
  void proxyConfigStatus() {
    var sent = sample("proxyconfig-default.yaml");
    sent.setStatus(status());
    client.resource(sent).create();
    var configs = client.resources(ProxyConfig.class).withName("default");
    assertThat(configs.get().getStatus()).as("status sent with the object").isNull();

    var changed = configs.get();
    changed.setSpec(sample("proxyconfig-full.yaml").getSpec());
    changed.setStatus(status());
    client.resource(changed).updateStatus();
    assertThat(configs.get().getStatus()).isEqualTo(status());
    assertThat(configs.get().getSpec().affinity()).as("spec sent with the status").isNull();
    assertThat(configs.get().getMetadata().getGeneration()).isEqualTo(1);

    changed = configs.get();
    changed.setSpec(sample("proxyconfig-full.yaml").getSpec());
    changed.setStatus(null);
    client.resource(changed).update();
    assertThat(configs.get().getStatus()).isEqualTo(status());
    assertThat(configs.get().getMetadata().getGeneration()).isEqualTo(2);
  }

  @Test
  @DisplayName("the status of a NodeProxy is read back equal, with counters beyond 32 bits")
  void nodeProxyStatus() {
    client.resource(nodeProxy("node-1", sample("proxyconfig-default.yaml"))).create();
    var stored = client.resources(NodeProxy.class).withName("node-1").get();
    assertThat(stored.getStatus()).isNull();
    stored.setStatus(nodeStatus());
    client.resource(stored).updateStatus();
    assertThat(client.resources(NodeProxy.class).withName("node-1").get().getStatus())
        .isEqualTo(nodeStatus());
  }

  @Test
  @DisplayName("a condition is held to the bounds of metav1.Condition, and stands only once")
  void badConditions() {
    client.resource(nodeProxy("node-1", sample("proxyconfig-default.yaml"))).create();
    assertThat(refusal(condition("Ready", "Maybe", "Synced")))
        .contains("status.conditions[0].status: Unsupported value: \"Maybe\"");
    assertThat(refusal(condition("Ready", "True", "two words")))
        .contains("status.conditions[0].reason: Invalid value: \"two words\"");
    assertThat(refusal(condition("Ready", "True", null)))
        .contains("status.conditions[0].reason: Required value");
    assertThat(refusal(condition("Ready", "True", "A"), condition("Ready", "False", "B")))
        .contains("status.conditions[1]: Duplicate value: {\"type\":\"Ready\"}");
  }

  @Test
  @DisplayName("kubectl get pxc tells mode, nodes, updated, ready, phase and age")
  void proxyConfigColumns() {
    var config = client.resource(sample("proxyconfig-default.yaml")).create();
    assertThat(table("pxc"))
        .isEqualTo("NAME|MODE|NODES|UPDATED|READY|PHASE|AGE\ndefault|nftables|<age>");
    config.setStatus(status());
    client.resource(config).updateStatus();
    assertThat(table("pxc"))
        .isEqualTo(
            "NAME|MODE|NODES|UPDATED|READY|PHASE|AGE\n"
                + "default|nftables|40|10|39|Progressing|<age>");
    assertThat(table("pxc", "-o", "wide"))
        .isEqualTo(
            "NAME|MODE|NODES|UPDATED|READY|PHASE|AGE|REVISION|MESSAGE\n"
                + "default|nftables|40|10|39|Progressing|<age>|default-77c1|30 nodes to go");
  }

  @Test
  @DisplayName(
      "kubectl get npx tells mode, revision, ready, services, endpoints, last sync and age")
  void nodeProxyColumns() {
    var node = client.resource(nodeProxy("node-1", sample("proxyconfig-default.yaml"))).create();
    node.setStatus(nodeStatus());
    client.resource(node).updateStatus();
    assertThat(table("npx"))
        .isEqualTo(
            "NAME|MODE|REVISION|READY|SERVICES|ENDPOINTS|LAST SYNC|AGE\n"
                + "node-1|iptables|default-77c1|True|812|4100|<age>|<age>");
    assertThat(table("npx", "-o", "wide"))
        .isEqualTo(
            "NAME|MODE|REVISION|READY|SERVICES|ENDPOINTS|LAST SYNC|AGE|BACKEND|REASON|AGENT|KERNEL\n"
                + "node-1|iptables|default-77c1|True|812|4100|<age>|<age>|nft|Synced|0.1.0|6.18.5");
  }

  @Test
  @DisplayName("kubectl explain tells bounds and default of a field")
  void explain() {
    // Explain trusts what kubectl remembers of the resources; get asks again for one it lacks.
    assertThat(table("pxc")).isNotEmpty();
    assertThat(
            api.kubectl()
                .run("explain", "pxc.spec.affinity.timeout")
                .text()
                .replaceAll("\\s+", " "))
        .contains("A duration from 1s to 24h, not above maxTimeout. Default: 3h.");
  }

  /** What the API server says to the conditions; nothing if it takes them. */
  private String refusal(Condition... conditions) {
    var node = client.resources(NodeProxy.class).withName("node-1").get();
    node.setStatus(
        new NodeProxyStatus(
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            List.of(conditions),
            null,
            null,
            null,
            null));
    try {
      client.resource(node).updateStatus();
      return "";
    } catch (KubernetesClientException e) {
      return Objects.requireNonNullElse(e.getMessage(), "");
    }
  }

  /** What kubectl prints, cells divided by a bar, ages replaced. */
  private String table(String... arguments) {
    var command = new ArrayList<>(List.of("get"));
    command.addAll(List.of(arguments));
    return api.kubectl()
        .run(command.toArray(String[]::new))
        .text()
        .replaceAll(" {2,}", "|")
        .replaceAll("(?m)(?<=\\|)([0-9]+[dhms])+(?=\\||$)", "<age>");
  }

  private static ProxyConfigStatus status() {
    return new ProxyConfigStatus(
        1L,
        "default-5d8f",
        "default-77c1",
        new NodeCounts(40, 10, 39, 1, 0, 2),
        new RolloutStatus(
            "Progressing",
            "30 nodes to go",
            "2026-01-02T03:04:05.678Z",
            1,
            3,
            "2026-01-02T03:04:05.678Z",
            List.of("node-7"),
            "default-77c1",
            new RolloutFailure(
                "default-77c1", "NodeNotReady", "node-7", "words", "2026-01-02T03:04:05Z", "1"),
            List.of("default-6a00"),
            "NotMeasured",
            new RolloutPreview(
                "default-77c1",
                List.of(new RolloutPreviewWave("canary", 1, List.of("node-7"))),
                2,
                List.of("settings.sync.auditInterval: 5m -> 6m"))),
        List.of("node-7"),
        List.of(
            condition("Ready", "False", "Rolling"), condition("Reconciling", "True", "Rolling")));
  }

  private static NodeProxyStatus nodeStatus() {
    return new NodeProxyStatus(
        1L,
        "default-77c1",
        Mode.IPTABLES,
        812,
        4100,
        "2026-01-02T03:04:05Z",
        new Drift(5_000_000_000L, 2L, 0L, 5_000_000_002L, "2026-01-02T03:04:05Z"),
        new ConntrackStatus(4_000_000_000L, "24h", "1h", false, "30s", "2m"),
        new NodeProbes(
            "default-77c1",
            List.of(new PathProbes(ProbePath.POD, false, 120, 2, 300, 120, 0, null)),
            null,
            "no IPv6",
            "2026-01-02T03:04:05Z"),
        new Versions("0.1.0", "6.18.5"),
        List.of(condition("Ready", "True", "Synced")),
        IptablesBackend.NFT,
        "the node's other rules are in it",
        new TakeoverStatus(TakeoverFrom.KUBE_PROXY, TakeoverPhase.GIVING_BACK, "waits for it"),
        List.of(new OtherProxy("kube-proxy", true, List.of("nftables table ip kube-proxy"))));
  }

  private static Condition condition(String type, String status, @Nullable String reason) {
    return new ConditionBuilder()
        .withType(type)
        .withStatus(status)
        .withReason(reason)
        .withMessage("")
        .withLastTransitionTime("2026-01-02T03:04:05Z")
        .withObservedGeneration(1L)
        .build();
  }

  private static NodeProxy nodeProxy(String name, ProxyConfig config) {
    var node = new NodeProxy();
    node.setMetadata(new ObjectMetaBuilder().withName(name).build());
    node.setSpec(
        new NodeProxySpec("default-77c1", NodeState.ACTIVE, Settings.of(config.getSpec())));
    return node;
  }

  private static ProxyConfig sample(String file) {
    try {
      return Serialization.unmarshal(Files.readString(SAMPLES.resolve(file)), ProxyConfig.class);
    } catch (IOException e) {
      throw new IllegalStateException("no sample " + file, e);
    }
  }

  private static Map<String, Object> tree(String file) throws IOException {
    return Serialization.unmarshal(
        Files.readString(SAMPLES.resolve(file)), new TypeReference<Map<String, Object>>() {});
  }

  /** Adds the fields of the schema that none of the values has. */
  private static void missing(
      String path, JSONSchemaProps schema, List<?> values, List<String> missing) {
    if (schema.getItems() != null) {
      var entries = values.stream().flatMap(v -> ((List<?>) v).stream()).toList();
      missing(path + "[]", schema.getItems().getSchema(), entries, missing);
    }
    if (schema.getProperties() == null) {
      return;
    }
    schema
        .getProperties()
        .forEach(
            (name, field) -> {
              var found =
                  values.stream()
                      .map(v -> ((Map<?, ?>) v))
                      .filter(v -> v.containsKey(name))
                      .<Object>map(v -> v.get(name))
                      .toList();
              if (found.isEmpty()) {
                missing.add(path + "." + name);
              } else {
                missing(path + "." + name, field, found, missing);
              }
            });
  }
}
