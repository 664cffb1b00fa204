package io.portolan.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterExtension;
import io.portolan.e2e.cluster.ClusterOptions;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Waiting;
import io.portolan.e2e.install.Installation;
import io.portolan.e2e.install.KernelTraces;
import io.portolan.e2e.install.ManyServices;
import io.portolan.e2e.install.Stress;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * {@code make switches} runs it for longer: system properties {@code portolan.switch.rounds}
 * (default 1) and {@code portolan.switch.services} (default 2000).
 */
@DisplayName("All nodes go from mode to mode while stress clients run")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Order(Order.DEFAULT + 2) // after RolloutOnClusterTest, whose cluster it shares
class SwitchOnClusterTest {
  private static final String CONFIG = "default";
  private static final int ROUNDS = Integer.getInteger("portolan.switch.rounds", 1);
  private static final int FEW = 10;
  private static final int MANY = Integer.getInteger("portolan.switch.services", 2000);
  private static final Duration BOUND = Duration.ofMinutes(5);

  /** Requests of each flow, five in a second, that must go well when a mode has come. */
  private static final int AFTER = 15;

  @RegisterExtension
  static final ClusterExtension CLUSTER =
      new ClusterExtension(Installation.images(ClusterOptions.defaults()));

  /** The way of a round, which begins in nftables. */
  private enum Step {
    IPTABLES_LEGACY(Mode.IPTABLES, IptablesBackend.LEGACY, KernelTraces.Of.IPTABLES_LEGACY),
    IPTABLES_NFT(Mode.IPTABLES, IptablesBackend.NFT, KernelTraces.Of.IPTABLES_NFT),
    NFTABLES(Mode.NFTABLES, null, KernelTraces.Of.NFTABLES);

    private final Mode mode;
    private final @Nullable IptablesBackend backend;
    private final KernelTraces.Of traces;

    Step(Mode mode, @Nullable IptablesBackend backend, KernelTraces.Of traces) {
      this.mode = mode;
      this.backend = backend;
      this.traces = traces;
    }

    String spec() {
      return backend == null
          ? "{mode: %s, %s}".formatted(mode.word(), ROLLOUT)
          : "{mode: %s, iptables: {backend: %s}, %s}"
              .formatted(mode.word(), backend.word(), ROLLOUT);
    }

    boolean servesOn(NodeProxy node) {
      var status = node.getStatus();
      return Installation.serves(node)
          && status.mode() == mode
          && (backend == null || status.backend() == backend);
    }
  }

  private static final String ROLLOUT =
      "rollout: {canary: {nodes: 1, soak: 1s}, waves: [{percent: 70}], soak: 1s}";

  private final Cluster cluster;
  private final Installation portolan;
  private Optional<Stress> started = Optional.empty();

  SwitchOnClusterTest(Cluster cluster) {
    this.cluster = cluster;
    this.portolan = Installation.on(cluster);
  }

  @BeforeAll
  void startClients() {
    apply(Step.NFTABLES);
    awaitServing(Step.NFTABLES);
    started = Optional.of(Stress.on(cluster));
  }

  @AfterAll
  void removeThem() {
    try {
      started.ifPresent(Stress::close);
    } finally {
      portolan.kubectl().run("delete", "pxc", CONFIG, "--timeout=100s");
    }
  }

  @Test
  @Order(1)
  @DisplayName(
      "from nftables to iptables by either backend and back, at 10 Services: no request fails, is reset or misdirected, affinity is kept, and nothing of a mode that was left stays in a kernel")
  void atFewServices() {
    goRound(FEW);
  }

  @Test
  @Order(2)
  @EnabledIfSystemProperty(
      named = "portolan.switch.services",
      matches = "[0-9]+",
      disabledReason = "takes minutes: make switches")
  @DisplayName("the same at 2,000 Services of both families")
  void atManyServices() {
    goRound(MANY);
  }

  private void goRound(int services) {
    try (ManyServices many = stress().withServices(services)) {
      for (Node node : cluster.nodes()) {
        many.awaitInKernel(node);
      }
      stress().begin();
      for (int round = 1; round <= ROUNDS; round++) {
        for (Step step : Step.values()) {
          goTo(step, "round %d of %d at %d Services".formatted(round, ROUNDS, services));
        }
      }
    }
  }

  private void goTo(Step step, String when) {
    Instant began = Instant.now();
    apply(step);
    awaitServing(step);
    Duration took = Duration.between(began, Instant.now());
    stress().goOn(AFTER);
    assertThat(stress().failing()).as("%s, after the switch to %s", when, step).isEmpty();
    cluster.nodes().forEach(node -> assertOnly(step, node));
    System.out.printf(
        Locale.ROOT,
        "%s: %s serves after %.1f s; so far %s%n",
        when,
        step,
        took.toMillis() / 1000.0,
        stress().total());
  }

  private void apply(Step step) {
    portolan
        .kubectl()
        .apply(
            "{apiVersion: portolan.io/v1alpha1, kind: ProxyConfig, metadata: {name: %s}, spec: %s}"
                .formatted(CONFIG, step.spec()));
  }

  private void awaitServing(Step step) {
    portolan.waitReady(CONFIG, BOUND);
    Waiting.on(step + " in the status of every node", BOUND)
        .until(
            () -> {
              List<String> other =
                  portolan.nodeProxies().stream()
                      .filter(node -> !step.servesOn(node))
                      .map(SwitchOnClusterTest::words)
                      .toList();
              return other.isEmpty() && portolan.nodeProxies().size() == cluster.nodes().size()
                  ? Optional.empty()
                  : Optional.of(other.toString());
            });
  }

  private static String words(NodeProxy node) {
    var status = node.getStatus();
    return node.getMetadata().getName()
        + ": "
        + (status == null
            ? "no status"
            : status.mode() + " " + status.backend() + " " + status.conditions());
  }

  private static void assertOnly(Step step, Node node) {
    KernelTraces traces = new KernelTraces(node);
    assertThat(traces.of(step.traces)).as("%s on %s", step, node.name()).isNotEmpty();
    Arrays.stream(Step.values())
        .filter(other -> other != step)
        .forEach(
            other ->
                assertThat(traces.of(other.traces))
                    .as("%s on %s, which serves by %s", other, node.name(), step)
                    .isEmpty());
  }

  private Stress stress() {
    return started.orElseThrow();
  }
}
