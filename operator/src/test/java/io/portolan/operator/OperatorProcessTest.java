package io.portolan.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import io.portolan.operator.controller.InstalledServer;
import io.portolan.operator.manifests.Names;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(InstalledServer.Extension.class)
@Timeout(240)
@DisplayName("The operator as a program")
class OperatorProcessTest {
  private static final String NAMESPACE = "portolan-system";
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "PORTOLAN_APISERVER_HOST", "192.0.2.1",
          "PORTOLAN_LEADERELECTION_LEASEDURATION", "6s",
          "PORTOLAN_LEADERELECTION_RENEWDEADLINE", "4s",
          "PORTOLAN_LEADERELECTION_RETRYPERIOD", "1s");

  private final KubernetesClient client;
  private final OperatorProcess first;
  private final OperatorProcess second;

  OperatorProcessTest(InstalledServer server) {
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(server.kubeconfig()))
            .build();
    first = new OperatorProcess("first", server.kubeconfig(), ENVIRONMENT);
    second = new OperatorProcess("second", server.kubeconfig(), ENVIRONMENT);
  }

  @AfterEach
  void end() {
    first.close();
    second.close();
    var configs = client.resources(ProxyConfig.class);
    for (ProxyConfig config : configs.list().getItems()) {
      client
          .resource(config)
          .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"finalizers\":null}}");
      client.resource(config).delete();
    }
    client.leases().inNamespace(NAMESPACE).delete();
    client.apps().controllerRevisions().inNamespace(NAMESPACE).delete();
    client.apps().daemonSets().inNamespace(NAMESPACE).delete();
    client.serviceAccounts().inNamespace(NAMESPACE).delete();
    client.rbac().clusterRoles().withLabelSelector(Names.MANAGED_SELECTOR).delete();
    client.rbac().clusterRoleBindings().withLabelSelector(Names.MANAGED_SELECTOR).delete();
    client.v1().events().inNamespace("default").delete();
    client.close();
  }

  @Test
  @DisplayName("one of two leads; when it is killed the other takes over; SIGTERM ends it in 5 s")
  void takeOver() {
    await("both are ready", () -> ready(first) && ready(second));
    await("one leads", () -> !leader().isEmpty());
    assertThat(first.get("/actuator/health/liveness")).startsWith("200").contains("UP");
    assertThat(first.get("/actuator/prometheus")).startsWith("200").contains("jvm_memory_used");

    OperatorProcess leading = leader().equals("first") ? first : second;
    OperatorProcess waiting = leading == first ? second : first;
    String next = leading == first ? "second" : "first";
    leading.kill();
    await(next + " leads", () -> leader().equals(next));

    var config = new ProxyConfig();
    config.setMetadata(new ObjectMetaBuilder().withName("default").build());
    config.setSpec(
        new ProxyConfigSpec(
            null, null, null, null, null, null, null, null, null, null, null, null));
    client.resource(config).create();
    await("the new leader reconciles", () -> status().contains("NoMatchingNodes"));
    assertThat(waiting.get("/actuator/prometheus")).contains("operator_sdk");

    assertThat(waiting.terminate(Duration.ofSeconds(5))).as(waiting.log()).isTrue();
    assertThat(waiting.exitCode()).as("ended by SIGTERM, in order").isEqualTo(143);
    assertThat(leader()).isEmpty();
  }

  @Test
  @DisplayName("a leader that loses its Lease ends at once")
  void lostLease() {
    await("both are ready", () -> ready(first) && ready(second));
    await("one leads", () -> !leader().isEmpty());
    OperatorProcess leading = leader().equals("first") ? first : second;
    client
        .leases()
        .inNamespace(NAMESPACE)
        .withName("portolan-operator")
        .edit(
            lease -> {
              lease.getSpec().setHolderIdentity("somebody-else");
              return lease;
            });
    assertThat(leading.ended(Duration.ofSeconds(20))).as(leading.log()).isTrue();
    assertThat(leading.exitCode()).isEqualTo(1);
  }

  private boolean ready(OperatorProcess process) {
    if (!process.alive()) {
      throw new AssertionError("ended: " + process.log());
    }
    return process.get("/actuator/health/readiness").startsWith("200");
  }

  private String leader() {
    Lease lease = client.leases().inNamespace(NAMESPACE).withName("portolan-operator").get();
    String holder = lease == null ? null : lease.getSpec().getHolderIdentity();
    return holder == null ? "" : holder;
  }

  private String status() {
    var status = client.resources(ProxyConfig.class).withName("default").get().getStatus();
    return String.valueOf(status);
  }

  private void await(String what, BooleanSupplier condition) {
    Instant end = Instant.now().plusSeconds(60);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(end)) {
        throw new AssertionError(
            "waited 60 s until " + what + "\n" + first.log() + "\n" + second.log());
      }
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }
  }
}
