package io.portolan.e2e.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterExtension;
import io.portolan.e2e.cluster.ClusterOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A handful of the quickest specs; {@code make upstream} runs all. */
@DisplayName("Kubernetes' own specs, with Portolan in place of kube-proxy")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Order(
    Integer.MAX_VALUE) // its cluster has images that no other class needs: those share theirs first
class UpstreamSpecsTest {
  private static final Duration BOUND = Duration.ofMinutes(5);

  private static final List<String> SPECS =
      List.of(
          "[sig-network] Services should serve a basic endpoint from pods",
          "[sig-network] Services should serve multiport endpoints from pods",
          "[sig-network] Services should allow pods to hairpin back to themselves through services",
          "[sig-network] Services should be rejected when no endpoints exist",
          "[sig-network] Services should be able to create a functioning NodePort service",
          "[sig-network] Services should be able to change the type from ExternalName to ClusterIP",
          "[sig-network] Services should have session affinity work for service with type clusterIP",
          "[sig-network] Services should be possible to connect to a service via ExternalIP when the external IP is not assigned to a node",
          "[sig-network] Services should respect internalTrafficPolicy=Local Pod to Pod",
          "[sig-network] Services should support externalTrafficPolicy=Local for type=NodePort",
          "[sig-network] Conntrack should be able to preserve UDP traffic when server pod cycles for a NodePort service",
          "[sig-network] EndpointSlice should support a Service with multiple ports specified in multiple EndpointSlices");

  @RegisterExtension
  static final ClusterExtension CLUSTER =
      new ClusterExtension(Proxy.PORTOLAN.options(ClusterOptions.defaults()));

  private final Cluster cluster;
  private List<Outcome> outcomes = List.of();

  UpstreamSpecsTest(Cluster cluster) {
    this.cluster = cluster;
  }

  @BeforeAll
  void runAll(@TempDir Path folder) {
    Proxy.PORTOLAN.install(cluster);
    outcomes =
        new SpecRun(cluster, folder, 5, BOUND).run(Choice.of(SPECS), new Console(System.out));
  }

  @Test
  @DisplayName("each of the specs exists and was run")
  void allWereRun() {
    assertThat(outcomes).hasSize(SPECS.size());
  }

  @TestFactory
  @DisplayName("upstream's spec passes")
  Stream<DynamicTest> specs() {
    Map<String, Outcome> bySpec =
        outcomes.stream().collect(Collectors.toMap(Outcome::title, Function.identity()));
    return bySpec.values().stream()
        .map(outcome -> DynamicTest.dynamicTest(outcome.title(), () -> passes(outcome)));
  }

  private static void passes(Outcome outcome) {
    if (!outcome.passed()) {
      fail(outcome.verdict() + ": " + outcome.reason() + "\n" + outcome.output());
    }
  }
}
