package io.portolan.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.report.Metrics;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.sync.DriftCount;
import io.portolan.agent.sync.SyncState;
import io.portolan.api.v1alpha1.Mode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The dashboard of the nodes")
class NodesDashboardTest {
  private static final Pattern METRIC = Pattern.compile("\\b(?:portolan|kubeproxy)_[a-z_]+");

  @Test
  @DisplayName("asks only for metrics that an agent exports")
  void queriesNameExportedMetrics() throws IOException {
    Set<String> exported = exported();
    Set<String> asked = new TreeSet<>();
    for (JsonNode query : queries()) {
      METRIC.matcher(query.asText()).results().forEach(found -> asked.add(found.group()));
    }
    assertThat(asked).hasSizeGreaterThan(5);
    assertThat(exported).containsAll(asked);
  }

  @Test
  @DisplayName("gives every panel a title, a unit and at least one query")
  void panelsAreComplete() throws IOException {
    JsonNode panels = dashboard().get("panels");
    assertThat(panels).isNotEmpty();
    for (JsonNode panel : panels) {
      assertThat(panel.at("/title").asText()).isNotBlank();
      assertThat(panel.at("/fieldConfig/defaults/unit").asText()).isNotBlank();
      assertThat(panel.get("targets")).isNotEmpty();
    }
  }

  private static List<JsonNode> queries() throws IOException {
    JsonNode dashboard = dashboard();
    List<JsonNode> queries = dashboard.findValues("expr");
    dashboard.at("/templating/list").forEach(variable -> queries.add(variable.get("query")));
    return queries;
  }

  private static JsonNode dashboard() throws IOException {
    try (var in =
        Objects.requireNonNull(NodesDashboardTest.class.getResourceAsStream("nodes.json"))) {
      return new ObjectMapper().readTree(in);
    }
  }

  /** Names of the samples that an agent exports once it has done everything that is counted. */
  private static Set<String> exported() {
    try (var metrics = new Metrics()) {
      metrics.written(Duration.ofMillis(1), List.of(Duration.ofMillis(300)));
      metrics.audited(new Audit(1, 1, 1));
      metrics.failed();
      metrics.flowsEnded(IpFamily.IPV4, 1, Duration.ofMillis(1));
      metrics.state(
          new SyncState(
              SyncState.Phase.SYNCED,
              "",
              1,
              new SyncState.Held("default-1", Mode.NFTABLES, "", "", 1, 1, Instant.EPOCH),
              DriftCount.NONE,
              List.of(),
              null,
              null,
              List.of()));
      return metrics
          .scrape()
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("[{ ]", 2)[0])
          .collect(Collectors.toSet());
    }
  }
}
