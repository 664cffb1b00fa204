package io.portolan.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The state of a cluster")
class StateTest {
  private static final String GONE = "cluster\tid\tTEST\t1\t0\t/folder\t.";

  @Test
  @DisplayName("is read back up to the line at which its writer was killed")
  void readsHalfALine() {
    State state =
        State.parse(
                List.of(
                    GONE,
                    "process\t12\t345\t.",
                    "netns\tportolan-node1\t.",
                    "sysctl\t/proc/sys/vm/panic_on_oom\t0\t.",
                    "cgroup\t/sys/fs/cgr"))
            .orElseThrow();

    assertThat(state.processes()).containsExactly(new ProcessId(12, 345));
    assertThat(state.namespaces()).containsExactly("portolan-node1");
    assertThat(state.sysctls()).containsEntry(Path.of("/proc/sys/vm/panic_on_oom"), "0");
    assertThat(state.cgroups()).isEmpty();
    assertThat(state.folder()).isEqualTo(Path.of("/folder"));
    assertThat(State.parse(List.of("cluster\tid\tTE"))).isEmpty();
  }

  @Test
  @DisplayName("tells whether somebody needs it: a living starter, or a person it was left to")
  void tellsWhetherInUse() {
    ProcessId self = ProcessId.self();
    String ours = "cluster\tid\tTEST\t%d\t%d\t/folder\t.".formatted(self.pid(), self.startTime());

    assertThat(State.parse(List.of(GONE)).orElseThrow().inUse()).isEmpty();
    assertThat(State.parse(List.of(ours)).orElseThrow().inUse().orElseThrow())
        .contains("Process " + self.pid());
    assertThat(State.parse(List.of(GONE, "left-running\t.")).orElseThrow().inUse().orElseThrow())
        .contains("make down");
  }

  @Test
  @DisplayName("never takes a process for the one that had its pid before")
  void knowsReusedPids() {
    ProcessId self = ProcessId.self();

    assertThat(self.alive()).isTrue();
    assertThat(new ProcessId(self.pid(), self.startTime() + 1).alive()).isFalse();
  }
}
