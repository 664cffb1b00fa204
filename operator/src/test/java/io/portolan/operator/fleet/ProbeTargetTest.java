package io.portolan.operator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The agents that answer probes")
class ProbeTargetTest {
  @Test
  @DisplayName("are few in a small fleet, and one more for each 100 nodes")
  void number() {
    assertThat(ProbeTarget.choose(fleet(3))).hasSize(3);
    assertThat(ProbeTarget.choose(fleet(40))).hasSize(5);
    assertThat(ProbeTarget.choose(fleet(5000))).hasSize(55);
    assertThat(ProbeTarget.choose(fleet(20_000))).hasSize(100);
  }

  @Test
  @DisplayName("come from every zone, and are the last that a rollout takes")
  void order() {
    assertThat(ProbeTarget.choose(fleet(9)))
        .extracting(ProbeTarget::node)
        .containsExactly("n-00006", "n-00007", "n-00008", "n-00003", "n-00004");
  }

  @Test
  @DisplayName("are of the own ProxyConfig; of another one only where those do not suffice")
  void own() {
    var all = new ArrayList<>(fleet(4));
    all.add(new ProbeTarget("z", "0", false, List.of("10.9.9.9")));
    all.add(new ProbeTarget("y", "0", false, List.of("10.9.9.8")));
    assertThat(ProbeTarget.choose(all))
        .extracting(ProbeTarget::node)
        .containsExactly("n-00001", "n-00002", "n-00003", "n-00000", "z");
  }

  private static List<ProbeTarget> fleet(int nodes) {
    return IntStream.range(0, nodes)
        .mapToObj(
            i -> new ProbeTarget("n-%05d".formatted(i), "" + i % 3, true, List.of("10.0.0." + i)))
        .toList();
  }
}
