package io.portolan.e2e;

import static io.portolan.e2e.install.KernelTraces.Of.KUBE_PROXY;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.TakeoverPhase;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterExtension;
import io.portolan.e2e.cluster.ClusterOptions;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Waiting;
import io.portolan.e2e.install.Installation;
import io.portolan.e2e.install.KernelTraces;
import io.portolan.e2e.install.KubeProxyDaemonSets;
import io.portolan.e2e.install.KubeProxyDaemonSets.Variant;
import io.portolan.e2e.install.Kubectl;
import io.portolan.e2e.install.ManyServices;
import io.portolan.e2e.install.MigrationGuide;
import io.portolan.e2e.install.Stress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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
import org.junit.jupiter.api.io.TempDir;

/**
 * kube-proxy's DaemonSets serve at first: nftables on the first node, iptables by the nft binaries
 * on the second and by the legacy ones on the third.
 */
@DisplayName(
    "A cluster with kube-proxy is taken over and given back by the commands of docs/migration.md while stress clients run")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Order(Integer.MAX_VALUE - 1) // its cluster has an image that only this class needs
class TakeoverOnClusterTest {
  private static final MigrationGuide GUIDE = MigrationGuide.read();
  private static final Duration BOUND = Duration.ofMinutes(5);

  /** Services besides those that the clients call. */
  private static final int SERVICES = Integer.getInteger("portolan.takeover.services", 50);

  /** Requests of each flow, five in a second, that must go well when something has changed. */
  private static final int AFTER = 25;

  @RegisterExtension
  static final ClusterExtension CLUSTER =
      new ClusterExtension(
          KubeProxyDaemonSets.image(Installation.images(ClusterOptions.defaults())));

  /** Where the files of the guide are. */
  @TempDir private static Path guided;

  private final Cluster cluster;
  private final KubeProxyDaemonSets kubeProxy;
  private Optional<Installation> installed = Optional.empty();
  private Optional<Stress> started = Optional.empty();
  private Optional<ManyServices> services = Optional.empty();

  TakeoverOnClusterTest(Cluster cluster) {
    this.cluster = cluster;
    this.kubeProxy =
        KubeProxyDaemonSets.on(
            cluster,
            Map.of(1, Variant.NFTABLES, 2, Variant.IPTABLES_NFT, 3, Variant.IPTABLES_LEGACY));
  }

  @BeforeAll
  void startClients() {
    started = Optional.of(Stress.on(cluster));
    services = Optional.of(stress().withServices(SERVICES));
  }

  /** The cluster is of no use to others after this, so that kube-proxy may stay. */
  @AfterAll
  void removeThem() {
    started.ifPresent(Stress::close);
    services.ifPresent(ManyServices::close);
    installed.ifPresent(
        portolan -> portolan.kubectl().attempt("delete", "pxc", "default", "--timeout=100s"));
  }

  @BeforeEach
  void countAnew() {
    stress().begin();
  }

  @Test
  @Order(0)
  @DisplayName(
      "the guide's first steps make a ProxyConfig, tell kube-proxy when to leave, and no request fails")
  void prepare() {
    run(GUIDE.there(1));
    assertThat(guided.resolve("proxyconfig.yaml")).content().contains("mode: nftables");
    // kubeadm has one DaemonSet, this cluster one for each mode.
    for (Variant variant : Variant.values()) {
      run(GUIDE.there(2).replace("daemonset kube-proxy", "daemonset " + variant.daemonSet()));
    }
    for (Node node : cluster.nodes()) {
      kubeProxy.waitServing(node);
    }
    assertNothingFailed();
  }

  @Test
  @Order(1)
  @DisplayName(
      "kube-proxy in each mode serves; with the label its Pod leaves a node, the rules stay, and no request fails")
  void kubeProxyAlone() {
    for (Node node : cluster.nodes()) {
      kubeProxy.keepOff(node);
    }
    for (Node node : cluster.nodes()) {
      kubeProxy.waitGone(node);
      assertThat(new KernelTraces(node).of(KUBE_PROXY)).as(node.name()).isNotEmpty();
    }
    stress().goOn(AFTER);
    for (Node node : cluster.nodes()) {
      kubeProxy.letIn(node);
    }
    for (Node node : cluster.nodes()) {
      kubeProxy.waitServing(node);
    }
    assertNothingFailed();
  }

  @Test
  @Order(2)
  @DisplayName(
      "the ProxyConfig serves on every node in the place of kube-proxy, no rule of kube-proxy is left, and no request fails")
  void takeOver() {
    installed = Optional.of(Installation.on(cluster));
    stress().warmUp(); // An operator that starts takes all of a small machine for a while.
    assertTakenOver();
  }

  @Test
  @Order(3)
  @DisplayName(
      "giveBack lets kube-proxy serve on every node again, nothing of Portolan is left in a kernel, and no request fails")
  void giveBack() {
    run(GUIDE.back(1));
    run(GUIDE.back(2));
    assertThat(portolan().nodeProxies())
        .allSatisfy(node -> assertThat(phase(node)).isEqualTo(TakeoverPhase.GIVEN_BACK));
    assertGivenBack();
    run(GUIDE.back(3));
    assertThat(portolan().nodeProxies()).isEmpty();
    assertNothingFailed();
  }

  @Test
  @Order(4)
  @DisplayName("so does deleting a ProxyConfig that has taken over once more, and no request fails")
  void deletion() {
    assertTakenOver();
    stress().begin();
    run(GUIDE.back(3));
    assertGivenBack();
    assertThat(portolan().nodeProxies()).isEmpty();
  }

  @Test
  @Order(5)
  @DisplayName("a node whose rules are lost is noticed by its clients, and only there")
  void clientsNotice() {
    Node node = cluster.nodes().getFirst();
    kubeProxy.keepOff(node);
    try {
      kubeProxy.waitGone(node);
      stress().begin();
      for (String family : List.of("ip", "ip6")) {
        assertThat(node.execInNetwork("nft", "delete", "table", family, "kube-proxy").succeeded())
            .isTrue();
      }
      Waiting.on("a failure of every flow of short connections on " + node.name(), BOUND)
          .until(
              () -> {
                List<Stress.Seen> good =
                    stress().seen().stream()
                        .filter(seen -> seen.node().equals(node))
                        .filter(seen -> seen.flow().contains("short"))
                        .filter(seen -> seen.counts().bad() == 0)
                        .toList();
                return good.isEmpty() ? Optional.empty() : Optional.of(good.toString());
              });
      assertThat(stress().failing()).allSatisfy(seen -> assertThat(seen.node()).isEqualTo(node));
    } finally {
      kubeProxy.letIn(node);
      kubeProxy.waitServing(node);
    }
    stress().warmUp();
  }

  private void assertTakenOver() {
    run(GUIDE.there(4));
    run(GUIDE.there(5));
    assertThat(portolan().nodeProxies())
        .hasSameSizeAs(cluster.nodes())
        .allSatisfy(node -> assertThat(phase(node)).isEqualTo(TakeoverPhase.DONE));
    for (Node node : cluster.nodes()) {
      kubeProxy.waitGone(node);
      assertThat(new KernelTraces(node).of(KUBE_PROXY))
          .as("kube-proxy's on " + node.name())
          .isEmpty();
      assertThat(new KernelTraces(node).ofPortolan()).as("ours on " + node.name()).isNotEmpty();
    }
    stress().goOn(AFTER);
    assertNothingFailed();
  }

  private void assertGivenBack() {
    for (Node node : cluster.nodes()) {
      kubeProxy.waitServing(node);
      assertThat(new KernelTraces(node).ofPortolan()).as("ours on " + node.name()).isEmpty();
      assertThat(new KernelTraces(node).of(KUBE_PROXY))
          .as("kube-proxy's on " + node.name())
          .isNotEmpty();
    }
    stress().goOn(AFTER);
    assertNothingFailed();
  }

  private static @Nullable TakeoverPhase phase(NodeProxy node) {
    var status = node.getStatus();
    return status == null || status.takeover() == null ? null : status.takeover().phase();
  }

  /** Has a shell do what the guide says, with soaks for people who look on. */
  private void run(String commands) {
    String quick = commands.replace("soak: 10m", "soak: 3s").replace("soak: 5m", "soak: 2s");
    System.out.print(new Kubectl(cluster).shell(quick, guided, BOUND));
  }

  private void assertNothingFailed() {
    assertThat(stress().failing()).isEmpty();
    System.out.println(stress().total());
  }

  private Installation portolan() {
    return installed.orElseThrow(() -> new IllegalStateException("Portolan was not installed"));
  }

  private Stress stress() {
    return started.orElseThrow();
  }
}
