package io.portolan.e2e.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A process that can't be taken for another one: a reused pid has another start time.
 *
 * @param pid as the host sees it
 * @param startTime clock ticks since boot, field 22 of /proc/PID/stat (proc(5))
 */
record ProcessId(long pid, long startTime) {

  /** The process that has this pid now; empty if there is none, or only its zombie. */
  static Optional<ProcessId> of(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // The second field is a name in parentheses that may itself hold blanks and parentheses.
      List<String> fields =
          List.of(stat.substring(stat.lastIndexOf(')') + 2).stripTrailing().split(" ", -1));
      boolean dead = fields.getFirst().equals("Z") || fields.getFirst().equals("X");
      return dead
          ? Optional.empty()
          : Optional.of(new ProcessId(pid, Long.parseLong(fields.get(19))));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  static ProcessId self() {
    return of(ProcessHandle.current().pid()).orElseThrow();
  }

  boolean alive() {
    return of(pid).filter(this::equals).isPresent();
  }

  /** Ends it at once if it still is the same process; does not wait. */
  void kill9() {
    if (alive() && pid != ProcessHandle.current().pid()) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }
}
