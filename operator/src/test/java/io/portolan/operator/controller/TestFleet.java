package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.portolan.api.v1alpha1.NodeCounts;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import io.portolan.operator.manifests.Installation;
import io.portolan.operator.manifests.Names;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Nodes, agents that are played, an operator that is real and has the rights of the installed one;
 * and everything gone at the end.
 */
final class TestFleet implements AutoCloseable {
  static final Installation INSTALLATION =
      new Installation(InstalledServer.NAMESPACE, "portolan.io/agent:test", "192.0.2.1", 6443);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final KubernetesClient client;
  private final KubernetesClient operatorClient;
  private final PlayedAgents agents;
  private final List<Operator> operators = new ArrayList<>();

  TestFleet(InstalledServer server) {
    client = server.client();
    operatorClient = server.actingAs("portolan-operator", Map.of());
    agents = new PlayedAgents(client);
  }

  KubernetesClient client() {
    return client;
  }

  PlayedAgents agents() {
    return agents;
  }

  TestFleet operate() {
    return operate(Bounds.DEFAULT);
  }

  TestFleet operate(Bounds bounds) {
    Operator operator =
        OperatorFactory.create(
            operatorClient,
            INSTALLATION,
            bounds,
            Optional.<LeaderElectionConfiguration>empty(),
            Metrics.NOOP,
            Clock.systemUTC());
    operators.add(operator);
    operator.start();
    return this;
  }

  /** Nodes n-0, n-1, ... that are Ready and carry these labels. */
  TestFleet nodes(int count, Map<String, String> labels) {
    IntStream.range(0, count).forEach(i -> node("n-" + i, labels));
    return this;
  }

  Node node(String name, Map<String, String> labels) {
    Node node =
        client
            .resource(
                new NodeBuilder()
                    .withNewMetadata()
                    .withName(name)
                    .withLabels(labels)
                    .endMetadata()
                    .build())
            .create();
    return ready(node, true);
  }

  Node ready(Node node, boolean ready) {
    return client
        .resource(
            new NodeBuilder(node)
                .editMetadata()
                .withResourceVersion(null)
                .endMetadata()
                .withNewStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "Unknown")
                .endCondition()
                .endStatus()
                .build())
        .updateStatus();
  }

  ProxyConfig apply(String name, ProxyConfigSpec spec) {
    var config = new ProxyConfig();
    config.setMetadata(new ObjectMetaBuilder().withName(name).build());
    config.setSpec(spec);
    return client.resource(config).fieldManager("user").forceConflicts().serverSideApply();
  }

  ProxyConfig config(String name) {
    return client.resources(ProxyConfig.class).withName(name).get();
  }

  List<NodeProxy> proxies() {
    return client.resources(NodeProxy.class).list().getItems();
  }

  Optional<Condition> condition(String config, String type) {
    ProxyConfig found = config(config);
    return found == null || found.getStatus() == null || found.getStatus().conditions() == null
        ? Optional.empty()
        : found.getStatus().conditions().stream().filter(c -> c.getType().equals(type)).findFirst();
  }

  NodeCounts counts(String config) {
    return Objects.requireNonNull(config(config).getStatus().nodes());
  }

  String phase(String config) {
    var status = config(config).getStatus();
    return status == null || status.rollout() == null
        ? ""
        : Objects.requireNonNullElse(status.rollout().phase(), "");
  }

  boolean hasEvent(String reason) {
    return client.v1().events().inNamespace("default").list().getItems().stream()
        .anyMatch(e -> e.getReason().equals(reason));
  }

  /** All nodes are well, and the rollout is over. */
  boolean isReady(String config) {
    ProxyConfig found = config(config);
    return found.getStatus() != null
        && found.getStatus().currentRevision() != null
        && found.getStatus().currentRevision().equals(found.getStatus().updateRevision())
        && condition(config, "Ready").filter(c -> c.getStatus().equals("True")).isPresent()
        && found.getMetadata().getGeneration().equals(found.getStatus().observedGeneration());
  }

  boolean hasReason(String config, String type, String reason) {
    return condition(config, type).filter(c -> c.getReason().equals(reason)).isPresent();
  }

  void awaitReady(String config) {
    await(config + " is Ready at its generation", () -> isReady(config));
  }

  void await(String what, BooleanSupplier true_) {
    Instant end = Instant.now().plus(PATIENCE);
    while (!true_.getAsBoolean()) {
      if (Instant.now().isAfter(end)) {
        throw new AssertionError(
            "waited %d s for: %s; ProxyConfigs %s; NodeProxies %s"
                .formatted(
                    PATIENCE.toSeconds(),
                    what,
                    client
                        .getKubernetesSerialization()
                        .asYaml(client.resources(ProxyConfig.class).list().getItems()),
                    client.getKubernetesSerialization().asYaml(proxies())));
      }
      sleep(Duration.ofMillis(50));
    }
  }

  static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  @Override
  public void close() {
    agents.close();
    operators.forEach(Operator::stop);
    operatorClient.close();
    remove(client.resources(ProxyConfig.class).list().getItems());
    remove(client.resources(NodeProxy.class).list().getItems());
    remove(client.nodes().list().getItems());
    for (var kind :
        List.of(
            client.pods(),
            client.serviceAccounts(),
            client.apps().daemonSets(),
            client.apps().controllerRevisions())) {
      kind.inNamespace(InstalledServer.NAMESPACE)
          .list()
          .getItems()
          .forEach(o -> remove(List.of(o)));
    }
    client.v1().events().inNamespace("default").delete();
    remove(
        client.rbac().clusterRoles().withLabelSelector(Names.MANAGED_SELECTOR).list().getItems());
    remove(
        client
            .rbac()
            .clusterRoleBindings()
            .withLabelSelector(Names.MANAGED_SELECTOR)
            .list()
            .getItems());
  }

  private void remove(List<? extends HasMetadata> objects) {
    for (HasMetadata object : objects) {
      if (!object.getFinalizers().isEmpty()) {
        client
            .resource(object)
            .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"finalizers\":null}}");
      }
      client.resource(object).withGracePeriod(0).delete();
    }
  }
}
