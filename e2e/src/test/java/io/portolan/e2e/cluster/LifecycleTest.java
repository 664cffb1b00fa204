package io.portolan.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

@Order(1)
@DisplayName("A cluster leaves nothing behind")
class LifecycleTest {
  private static final int PROCESSES_OF_RUNNING_NODES = 9;

  @Test
  @DisplayName(
      "after a kill -9 of its starter the next start removes it, after close nothing is left")
  void leavesNothingBehind() throws IOException, InterruptedException {
    State abandoned = killedInTheMiddleOfItsStart();
    assertThat(abandoned.processes()).as("the killed start had left").anyMatch(ProcessId::alive);

    State running;
    try (Cluster cluster = Cluster.start(ClusterOptions.defaults().withNodes(1))) {
      assertThat(abandoned.processes()).noneMatch(ProcessId::alive);
      assertThat(Files.exists(Path.of("/run/netns", Network.namespace(2))))
          .as("the second node of the abandoned cluster")
          .isFalse();
      assertThat(cluster.client().nodes().list().getItems()).hasSize(1);
      assertThatThrownBy(() -> Cluster.start(ClusterOptions.defaults()))
          .as("a second cluster")
          .hasMessageContaining("has a cluster on this machine");
      running = StateFile.read().orElseThrow();
      assertThat(Files.exists(Path.of("/run/netns", cluster.node(1).netns()))).isTrue();
    }

    assertNothingIsLeftOf(running);
    assertThat(Down.end()).isEqualTo("No cluster is running here.");
  }

  private static State killedInTheMiddleOfItsStart() throws IOException, InterruptedException {
    Path log = Files.createTempFile("starter", ".log");
    Process starter =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dportolan.cache=" + Cache.inForce().folder(),
                "-cp",
                System.getProperty("java.class.path"),
                Starter.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Program program = new Program("the starter", ProcessId.of(starter.pid()).orElseThrow(), log);
    try {
      Waiting.on("the starter to run nodes", Duration.ofMinutes(1), program)
          .until(
              () ->
                  startedBy(starter).map(state -> state.processes().size()).orElse(0)
                          < PROCESSES_OF_RUNNING_NODES
                      ? Optional.of("too few processes yet")
                      : Optional.empty());
    } finally {
      starter.destroyForcibly().waitFor();
      Files.delete(log);
    }
    return startedBy(starter).orElseThrow();
  }

  private static Optional<State> startedBy(Process starter) {
    return StateFile.read().filter(state -> state.starter().pid() == starter.pid());
  }

  private static void assertNothingIsLeftOf(State state) throws IOException {
    assertThat(state.processes()).hasSizeGreaterThan(8).noneMatch(ProcessId::alive);
    assertThat(state.namespaces())
        .hasSize(2)
        .noneMatch(name -> Files.exists(Path.of("/run/netns", name)));
    assertThat(state.links())
        .isNotEmpty()
        .noneMatch(name -> Files.exists(Path.of("/sys/class/net", name)));
    assertThat(state.cgroups()).isNotEmpty().noneMatch(Files::exists);
    assertThat(state.emptyFolders()).noneMatch(Files::exists);
    assertThat(Mounts.below(state.folder())).isEmpty();
    assertThat(state.folder()).doesNotExist();
    assertThat(StateFile.read()).isEmpty();
    for (var sysctl : state.sysctls().entrySet()) {
      assertThat(Files.readAllLines(sysctl.getKey()))
          .as("%s", sysctl.getKey())
          .containsExactly(sysctl.getValue());
    }
    assertThat(Command.of("ip", "route").output()).doesNotContain(List.of("10.200.", "10.244."));
  }
}
