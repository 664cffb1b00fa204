package io.portolan.operator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.api.v1alpha1.NodeSelector;
import io.portolan.api.v1alpha1.NodeSelectorRequirement;
import io.portolan.api.v1alpha1.Operator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FleetTest {
  private static final String EARLY = "2026-01-01T00:00:00Z";
  private static final String LATE = "2026-01-02T00:00:00Z";

  @Test
  @DisplayName("a selector that is absent or empty selects every node")
  void everyNode() {
    var nodes = List.of(node("a", Map.of()), node("b", Map.of("x", "y")));
    assertThat(Fleet.resolve(nodes, List.of(claim("c", 0, EARLY, null))).nodesOf("c"))
        .containsExactly("a", "b");
    var empty = new NodeSelector(Map.of(), List.of());
    assertThat(Fleet.resolve(nodes, List.of(claim("c", 0, EARLY, empty))).nodesOf("c"))
        .containsExactly("a", "b");
  }

  @Test
  @DisplayName("labels and expressions must all hold, as in metav1.LabelSelector")
  void selectors() {
    var nodes =
        List.of(
            node("plain", Map.of()),
            node("gpu", Map.of("kind", "gpu")),
            node("arm", Map.of("kind", "arm", "old", "")));
    assertThat(selected(nodes, Map.of("kind", "gpu"))).containsExactly("gpu");
    assertThat(selected(nodes, Map.of(), wants("kind", Operator.IN, "gpu", "arm")))
        .containsExactly("arm", "gpu");
    assertThat(selected(nodes, Map.of(), wants("kind", Operator.NOT_IN, "gpu")))
        .containsExactly("arm", "plain");
    assertThat(selected(nodes, Map.of(), wants("old", Operator.EXISTS))).containsExactly("arm");
    assertThat(selected(nodes, Map.of(), wants("old", Operator.DOES_NOT_EXIST)))
        .containsExactly("gpu", "plain");
    assertThat(selected(nodes, Map.of("kind", "arm"), wants("old", Operator.DOES_NOT_EXIST)))
        .isEmpty();
  }

  @Test
  @DisplayName("the higher priority wins, then the older, then the name")
  void order() {
    var nodes = List.of(node("a", Map.of()));
    assertThat(owner(nodes, claim("a", 0, EARLY, null), claim("b", 1, LATE, null))).isEqualTo("b");
    assertThat(owner(nodes, claim("a", 0, LATE, null), claim("b", 0, EARLY, null))).isEqualTo("b");
    assertThat(owner(nodes, claim("b", 0, EARLY, null), claim("a", 0, EARLY, null))).isEqualTo("a");
  }

  @Test
  @DisplayName("a ProxyConfig that is being deleted owns nothing and conflicts with nobody")
  void deleting() {
    var nodes = List.of(node("a", Map.of()));
    var going = new Claim("going", 9, EARLY, null, true);
    var found = Fleet.resolve(nodes, List.of(going, claim("staying", 0, LATE, null)));
    assertThat(found.owner("a")).contains("staying");
    assertThat(found.conflictOf()).isEmpty();
    assertThat(found.selected("going")).isZero();
  }

  @Test
  @DisplayName("a loser hears the winners, the number of nodes and the first ten of them")
  void conflicts() {
    var nodes = IntStream.range(0, 12).mapToObj(i -> node("n%02d".formatted(i), Map.of())).toList();
    var found =
        Fleet.resolve(
            nodes, List.of(claim("strong", 1, LATE, null), claim("weak", 0, EARLY, null)));
    Conflict conflict = found.conflict("weak").orElseThrow();
    assertThat(conflict.others()).containsExactly("strong");
    assertThat(conflict.nodes()).isEqualTo(12);
    assertThat(conflict.firstNodes()).hasSize(10).startsWith("n00").endsWith("n09");
    assertThat(found.selected("weak")).isEqualTo(12);
    assertThat(found.conflict("strong")).isEmpty();
    assertThat(found.overlap("weak")).isEmpty();
    Conflict overlap = found.overlap("strong").orElseThrow();
    assertThat(overlap.others()).containsExactly("weak");
    assertThat(overlap.nodes()).isEqualTo(12);
  }

  @Property
  @Label("every selected node has one owner, whatever the order in which things are listed")
  void total(
      @ForAll @Size(max = 12) List<@IntRange(max = 3) Integer> pools,
      @ForAll @Size(min = 1, max = 6) List<@IntRange(max = 3) Integer> selections,
      @ForAll long seed) {
    var nodes = new ArrayList<FleetNode>();
    for (int i = 0; i < pools.size(); i++) {
      nodes.add(node("n" + i, Map.of("pool", "" + pools.get(i))));
    }
    var claims = new ArrayList<Claim>();
    for (int i = 0; i < selections.size(); i++) {
      var selector = new NodeSelector(Map.of("pool", "" + selections.get(i)), null);
      claims.add(claim("c" + i, i % 2, i % 3 == 0 ? EARLY : LATE, selector));
    }
    Ownership found = Fleet.resolve(nodes, claims);
    for (FleetNode node : nodes) {
      boolean wanted = claims.stream().anyMatch(c -> c.selects(node));
      assertThat(found.owner(node.name()).isPresent()).isEqualTo(wanted);
    }
    Collections.shuffle(nodes, new Random(seed));
    Collections.shuffle(claims, new Random(seed));
    assertThat(Fleet.resolve(nodes, claims)).isEqualTo(found);
  }

  private static List<String> selected(
      List<FleetNode> nodes, Map<String, String> labels, NodeSelectorRequirement... wants) {
    var selector = new NodeSelector(labels, List.of(wants));
    return List.copyOf(Fleet.resolve(nodes, List.of(claim("c", 0, EARLY, selector))).nodesOf("c"));
  }

  private static String owner(List<FleetNode> nodes, Claim... claims) {
    return Fleet.resolve(nodes, List.of(claims)).owner(nodes.getFirst().name()).orElseThrow();
  }

  private static NodeSelectorRequirement wants(String key, Operator operator, String... values) {
    return new NodeSelectorRequirement(key, operator, List.of(values));
  }

  private static FleetNode node(String name, Map<String, String> labels) {
    return new FleetNode(name, "uid-" + name, labels, true, Instant.EPOCH);
  }

  private static Claim claim(
      String name, int priority, String created, @Nullable NodeSelector selector) {
    return new Claim(name, priority, created, selector, false);
  }
}
