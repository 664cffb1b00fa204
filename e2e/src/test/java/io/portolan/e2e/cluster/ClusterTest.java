package io.portolan.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Order(2)
@ExtendWith(ClusterExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("A cluster of this machine")
class ClusterTest {
  private static final String NAMESPACE = "cluster-test";

  private final Cluster cluster;
  private final Pods pods;

  ClusterTest(Cluster cluster) {
    this.cluster = cluster;
    this.pods = new Pods(cluster.client(), NAMESPACE);
  }

  @BeforeAll
  void runAPodOnEachNode() {
    cluster
        .client()
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build())
        .create();
    Waiting.on("the namespace's service account", Duration.ofSeconds(20))
        .until(
            () ->
                Optional.ofNullable(
                            cluster
                                .client()
                                .serviceAccounts()
                                .inNamespace(NAMESPACE)
                                .withName("default")
                                .get())
                        .isPresent()
                    ? Optional.empty()
                    : Optional.of("it is not there"));
    for (Node node : cluster.nodes()) {
      pods.create(Pods.echo("on-" + node.name(), node, "serve", "--tcp", "8080", "--udp", "8080"));
    }
    cluster.nodes().forEach(node -> pods.awaitReady("on-" + node.name()));
  }

  @AfterAll
  void removeThem() {
    cluster.client().namespaces().withName(NAMESPACE).delete();
  }

  @Test
  @DisplayName("has three Ready nodes with addresses of both families, each in a zone of its own")
  void hasNodes() {
    var nodes = cluster.client().nodes().list().getItems();
    assertThat(nodes)
        .allSatisfy(
            node ->
                assertThat(node.getStatus().getConditions())
                    .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True")));
    assertThat(nodes)
        .extracting(node -> node.getMetadata().getLabels().get("topology.kubernetes.io/zone"))
        .containsExactly("zone-a", "zone-b", "zone-c");
    assertThat(nodes.get(1).getSpec().getPodCIDRs())
        .containsExactly("10.244.2.0/24", "fd00:10:244:2::/64");
    assertThat(nodes.get(1).getStatus().getAddresses())
        .extracting(NodeAddress::getAddress)
        .contains("10.200.0.12", "fd00:10:200::12");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("has no kube-proxy unless one is asked for, then on that node only")
  void kubeProxyOnOneNode(KubeProxy.Mode mode) {
    assertThat(cluster.nodes()).noneMatch(ClusterTest::runsKubeProxy);
    Service service = cluster.client().resource(echoService()).create();
    String target = service.getSpec().getClusterIP() + ":8080";

    Program proxy = cluster.startKubeProxy(cluster.node(2), mode);
    try {
      Waiting.on("node 2's Pod to reach the Service", Duration.ofSeconds(20), proxy)
          .until(
              () -> {
                Output call = call("on-node2", target);
                return answered(call) ? Optional.empty() : Optional.of(call.text());
              });
      assertThat(cluster.nodes()).filteredOn(ClusterTest::runsKubeProxy).hasSize(1);
      assertThat(answered(call("on-node1", target))).as("node 1 has no proxy").isFalse();
      assertThat(Files.exists(cluster.node(2).log("kube-proxy"))).isTrue();
    } finally {
      cluster.stopKubeProxy(cluster.node(2));
    }

    assertThat(cluster.nodes()).noneMatch(ClusterTest::runsKubeProxy);
    cluster.removeRulesOfKubeProxy(cluster.node(2), mode);
    assertThat(answered(call("on-node2", target))).as("after the clean-up").isFalse();
    cluster.client().resource(service).delete();
  }

  @Test
  @DisplayName("lets Pods reach Pods of every node by IPv4 and IPv6")
  void podsReachPods() {
    for (Node from : cluster.nodes()) {
      for (Node to : cluster.nodes()) {
        for (PodIP address : pods.awaitReady("on-" + to.name()).getStatus().getPodIPs()) {
          Output call = call("on-" + from.name(), target(address.getIp()));
          assertThat(call.text())
              .as(from.name() + " to " + address.getIp() + call.errors())
              .contains("\"failed\":0", "\"on-" + to.name() + "\":1");
        }
      }
    }
  }

  @Test
  @DisplayName("gives logs through the API, and names to Pods by DNS without any proxy")
  void logsAndNames() {
    cluster.client().resource(headlessService()).create();
    Waiting.on("the endpoint of the Service without an address", Duration.ofSeconds(20))
        .until(
            () ->
                cluster
                        .client()
                        .discovery()
                        .v1()
                        .endpointSlices()
                        .inNamespace(NAMESPACE)
                        .withLabel("kubernetes.io/service-name", "headless")
                        .list()
                        .getItems()
                        .stream()
                        .anyMatch(slice -> !slice.getEndpoints().isEmpty())
                    ? Optional.empty()
                    : Optional.of("no slice with an endpoint"));
    Pod caller =
        new PodBuilder(
                Pods.echo(
                    "caller",
                    cluster.node(3),
                    "call",
                    "--count",
                    "1",
                    "headless." + NAMESPACE + ".svc.cluster.local:8080"))
            .editSpec()
            .withRestartPolicy("OnFailure")
            .withDnsPolicy("Default")
            .endSpec()
            .build();

    pods.create(caller);

    pods.await("caller", "to succeed", pod -> "Succeeded".equals(pod.getStatus().getPhase()));
    assertThat(pods.log("caller")).contains("\"failed\":0", "\"on-node1\":1");
  }

  @Test
  @DisplayName("never asks a registry: a missing image is an error at once")
  void missingImage() {
    Pod pod =
        new PodBuilder(Pods.echo("no-image", cluster.node(1)))
            .editSpec()
            .editFirstContainer()
            .withImage("portolan.io/missing:dev")
            .endContainer()
            .endSpec()
            .build();

    pods.create(pod);

    pods.await(
        "no-image",
        "to lack its image",
        found ->
            found.getStatus().getContainerStatuses().stream()
                .anyMatch(
                    container ->
                        container.getState().getWaiting() != null
                            && container
                                .getState()
                                .getWaiting()
                                .getReason()
                                .contains("ImagePull")));
  }

  @Test
  @DisplayName("can kill a process of a Pod, which its kubelet then starts again")
  void killsAProcess() {
    Node node = cluster.node(3);
    List<Long> before = node.podProcesses();
    pods.create(Pods.echo("victim", node, "sleep"));
    pods.awaitReady("victim");
    long echo = lastOf(node, before);

    node.kill9(echo);

    pods.await(
        "victim",
        "to be started again",
        pod -> pod.getStatus().getContainerStatuses().getFirst().getRestartCount() == 1);
  }

  @Test
  @DisplayName("keeps its Pods and objects over a kill of the API server")
  void apiServerRestarts() {
    Pod pod = pods.awaitReady("on-node1");
    String echo = cluster.options().cache().program("echo").toString();
    String address = target(pod.getStatus().getPodIP());

    cluster.stopApiServer();
    Output call = cluster.node(2).execInNetwork(echo, "call", "--count", "1", address);
    cluster.startApiServer();

    assertThat(call.text()).as("without an API server").contains("\"failed\":0");
    assertThat(pods.awaitReady("on-node1").getMetadata().getUid())
        .isEqualTo(pod.getMetadata().getUid());
    assertThat(answered(call("on-node1", target("127.0.0.1")))).as("exec through the API").isTrue();
  }

  private static long lastOf(Node node, List<Long> before) {
    return node.podProcesses().stream()
        .filter(pid -> !before.contains(pid))
        .mapToLong(Long::longValue)
        .max()
        .orElseThrow();
  }

  private Output call(String pod, String target) {
    return pods.exec(pod, "/echo", "call", "--count", "1", target);
  }

  /** The echo program ends with 0 whatever the answers were. */
  private static boolean answered(Output call) {
    return call.succeeded() && call.text().contains("\"failed\":0");
  }

  private static String target(String address) {
    return (address.contains(":") ? "[" + address + "]" : address) + ":8080";
  }

  private static boolean runsKubeProxy(Node node) {
    return node.exec("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'")
        .text()
        .lines()
        .anyMatch(word -> word.endsWith("/bin/kube-proxy"));
  }

  private static Service echoService() {
    return new ServiceBuilder()
        .withNewMetadata()
        .withName("echo")
        .withNamespace(NAMESPACE)
        .endMetadata()
        .withNewSpec()
        .addToSelector("app", "on-node1")
        .addNewPort()
        .withPort(8080)
        .endPort()
        .endSpec()
        .build();
  }

  private static Service headlessService() {
    return new ServiceBuilder(echoService())
        .editMetadata()
        .withName("headless")
        .endMetadata()
        .editSpec()
        .withClusterIP("None")
        .endSpec()
        .build();
  }
}
