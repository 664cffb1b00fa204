package io.portolan.e2e.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The table of upstream's specs")
class ComparisonTest {
  private static final Outcome GOOD =
      new Outcome(
          "[sig-network] Services should a [Conformance]", Outcome.Verdict.PASSED, 3.4, null, null);
  private static final Outcome BAD =
      new Outcome(
          "[sig-network] Services should b",
          Outcome.Verdict.FAILED,
          9,
          "no answer\nx.go:7",
          "much");
  private static final Outcome SKIPPED =
      new Outcome(
          "[sig-network] Services should c", Outcome.Verdict.SKIPPED, 0.1, "needs 6 nodes", null);

  @Test
  @DisplayName(
      "has a row for every spec that any proxy ran and a column for every proxy, and says why one did not pass")
  void everySpec() {
    var table =
        new Comparison(
                Map.of(
                    Proxy.KUBE_PROXY, new Results(List.of(GOOD, SKIPPED)),
                    Proxy.PORTOLAN, new Results(List.of(BAD, GOOD))))
            .markdown();
    assertThat(table.lines())
        .contains(
            "| spec | kube-proxy | portolan |",
            "| all | 1 passed, 0 failed, 1 skipped | 1 passed, 1 failed, 0 skipped |",
            "| Services should a | passed, 3 s | passed, 3 s |",
            "| Services should b |  | **failed** |",
            "| Services should c | **skipped** |  |",
            "* Services should b (portolan): failed: no answer",
            "* Services should c (kube-proxy): skipped: needs 6 nodes");
  }

  @Test
  @DisplayName("replaces only what it wrote before")
  void replacesItself() {
    var comparison = new Comparison(Map.of(Proxy.PORTOLAN, new Results(List.of(GOOD))));
    var written = new ResultsDocument(new TreeMap<>(Map.of(3, comparison)));
    String document =
        "before\n<!-- written by scripts/upstream.sh table -->\nold\n<!-- end of what is written -->\nafter\n";
    String once = written.into(document);
    assertThat(once)
        .startsWith("before\n")
        .endsWith("-->\nafter\n")
        .doesNotContain("old")
        .contains("### On 3 nodes", "| Services should a |", "| `SCTP` |");
    assertThat(written.into(once)).isEqualTo(once);
    assertThatThrownBy(() -> written.into("no place")).hasMessageContaining("no place for");
  }

  @Test
  @DisplayName("survives the file between run and table, but for what a failed spec printed")
  void file(@TempDir Path folder) {
    Path file = folder.resolve("a/results.json");
    assertThat(Results.read(file)).isEmpty();
    new Results(List.of(SKIPPED, BAD, GOOD)).write(file);
    assertThat(Results.read(file))
        .hasValue(new Results(List.of(GOOD, BAD.withoutOutput(), SKIPPED)));
  }

  @Test
  @DisplayName("a choice of specs takes their texts literally")
  void literal() {
    String focus = Choice.of(List.of("[sig-network] Services should a")).focus();
    assertThat(GOOD.spec()).containsPattern(focus);
    assertThat("[sig-network] Services should a thing").doesNotContainPattern(focus);
    assertThat("s Services should a").doesNotContainPattern(focus);
  }
}
