package io.portolan.operator.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@code make scale} measures at 5,000 nodes, at 200: the numbers, not the times. */
@Timeout(420)
@DisplayName("A fleet of 200 nodes")
class ScaleTest {
  private static final int NODES = 200;

  private static final Logger LOG = LoggerFactory.getLogger(ScaleTest.class);

  @TempDir Path folder;

  @Test
  @DisplayName("costs two writes a node and wave at most, and none while nothing changes")
  void writes() throws IOException {
    Path binaries = Path.of(System.getProperty("portolan.cache")).resolve("bin");
    try (var run = new ScaleRun(NODES, binaries, folder, line -> LOG.info("{}", line))) {
      Figures first = run.first();
      assertThat(first.nodes()).isEqualTo(NODES);
      assertThat(first.nodeWrites()).as(first.kinds()).isBetween(NODES, 2 * NODES);

      Figures settings = run.settings();
      assertThat(settings.nodes()).isEqualTo(NODES);
      assertThat(settings.allWrites()).as(settings.kinds()).isBetween(NODES, 2 * NODES);

      Figures quiet = run.quiet(Duration.ofSeconds(10));
      assertThat(run.reports()).as("reports of kubelets").isPositive();
      assertThat(quiet.allWrites()).as(quiet.kinds()).isZero();
    }
  }
}
