package io.portolan.agent.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.service.Backend;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.SliceEndpoint;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Which endpoints a node may use")
class SelectionTest {
  private static final Selection HERE = new Selection("n0", "z0");

  @Test
  @DisplayName("policy Cluster: every ready endpoint; policy Local: those of this node")
  void policies() {
    var pools = all(ready("n0"), ready("n1"), gone("n0"));
    assertThat(numbers(pools.cluster())).containsExactly(1, 2);
    assertThat(numbers(pools.local())).containsExactly(1);
    assertThat(pools.anywhere()).isTrue();
  }

  @Test
  @DisplayName("a policy that is never used has no endpoints, whatever there is")
  void unused() {
    var backends = backends(ready("n0"));
    assertThat(HERE.of(backends, true, false).local()).isEmpty();
    assertThat(HERE.of(backends, false, true).cluster()).isEmpty();
  }

  @Test
  @DisplayName("endpoints that end but still answer are used when nothing is ready, by each policy")
  void lastResort() {
    var pools = all(draining("n0"), ready("n1"), draining("n1"));
    assertThat(numbers(pools.cluster())).containsExactly(2);
    assertThat(numbers(pools.local())).containsExactly(1);
    assertThat(numbers(all(draining("n0"), draining("n1"), gone("n1")).cluster()))
        .containsExactly(1, 2);
  }

  @Test
  @DisplayName("nothing usable anywhere differs from nothing usable here")
  void nowhere() {
    assertThat(all(gone("n0"), gone("n1"))).isEqualTo(Pools.NONE);
    assertThat(all()).isEqualTo(Pools.NONE);
    var elsewhere = HERE.of(backends(ready("n1")), false, true);
    assertThat(elsewhere.local()).isEmpty();
    assertThat(elsewhere.anywhere()).isTrue();
  }

  @Test
  @DisplayName("hints for this node go before hints for its zone")
  void nodeHints() {
    var pools =
        all(hinted("n1", List.of("z0"), List.of("n0")), hinted("n2", List.of("z0"), List.of("n2")));
    assertThat(numbers(pools.cluster())).containsExactly(1);
  }

  @Test
  @DisplayName("without a hint for this node those for its zone count, else everything")
  void zoneHints() {
    var near = hinted("n1", List.of("z0", "z1"), List.of("n1"));
    var far = hinted("n2", List.of("z1"), List.of("n2"));
    assertThat(numbers(all(near, far).cluster())).containsExactly(1);
    assertThat(numbers(new Selection("n0", "z9").of(backends(near, far), true, false).cluster()))
        .containsExactly(1, 2);
    assertThat(numbers(new Selection("n0", "").of(backends(near, far), true, false).cluster()))
        .as("a node without a zone")
        .containsExactly(1, 2);
  }

  @Test
  @DisplayName(
      "one ready endpoint without a hint, and hints do not count; one that is not ready may lack it")
  void missingHint() {
    var near = hinted("n1", List.of("z0"), List.of());
    assertThat(numbers(all(near, ready("n2")).cluster())).containsExactly(1, 2);
    assertThat(numbers(all(near, hinted("n2", List.of("z1"), List.of()), gone("n3")).cluster()))
        .containsExactly(1);
  }

  @Test
  @DisplayName("hints do not bind policy Local, nor the last resort")
  void unbound() {
    var local = hinted("n0", List.of("z1"), List.of());
    var pools = all(local, hinted("n1", List.of("z0"), List.of()));
    assertThat(numbers(pools.cluster())).containsExactly(2);
    assertThat(numbers(pools.local())).containsExactly(1);
  }

  @Test
  @DisplayName("an endpoint without a node is not of this node, even when ours has no name")
  void nameless() {
    assertThat(new Selection("", "").of(backends(ready("")), false, true).local()).isEmpty();
  }

  private static Pools all(SliceEndpoint... endpoints) {
    return HERE.of(backends(endpoints), true, true);
  }

  /** Endpoint number i has the address 10.1.0.i. */
  private static List<Backend> backends(SliceEndpoint... endpoints) {
    return IntStream.range(0, endpoints.length)
        .mapToObj(
            i -> {
              SliceEndpoint e = endpoints[i];
              return new Backend(
                  new SliceEndpoint(
                      Ip.parse("10.1.0." + (i + 1)),
                      e.ready(),
                      e.serving(),
                      e.terminating(),
                      e.node(),
                      e.zones(),
                      e.nodes()),
                  80);
            })
        .toList();
  }

  private static List<Integer> numbers(List<Endpoint> endpoints) {
    return endpoints.stream().map(e -> (int) (e.ip().low() & 0xff)).toList();
  }

  private static SliceEndpoint ready(String node) {
    return hinted(node, List.of(), List.of());
  }

  private static SliceEndpoint hinted(String node, List<String> zones, List<String> nodes) {
    return new SliceEndpoint(Ip.parse("10.1.0.0"), true, true, false, node, zones, nodes);
  }

  private static SliceEndpoint draining(String node) {
    return new SliceEndpoint(Ip.parse("10.1.0.0"), false, true, true, node, List.of(), List.of());
  }

  private static SliceEndpoint gone(String node) {
    return new SliceEndpoint(Ip.parse("10.1.0.0"), false, false, true, node, List.of(), List.of());
  }
}
