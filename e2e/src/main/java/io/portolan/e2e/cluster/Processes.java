package io.portolan.e2e.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What /proc tells about all processes (proc(5)). */
final class Processes {
  private Processes() {}

  /** The folders /proc/PID of this moment. */
  static List<Path> all() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc"))) {
      return files.filter(file -> isNumber(file.getFileName().toString())).toList();
    }
  }

  /** Pids of the processes below a cgroup of this name, in any hierarchy, sorted. */
  static List<Long> belowCgroup(String name) throws IOException {
    return all().stream()
        .filter(process -> isBelow(process, name))
        .map(Processes::pid)
        .sorted()
        .toList();
  }

  /** The pid of a folder /proc/PID. */
  static long pid(Path process) {
    return Long.parseLong(process.getFileName().toString());
  }

  private static boolean isBelow(Path process, String name) {
    try {
      return Files.readAllLines(process.resolve("cgroup")).stream()
          .anyMatch(line -> line.contains(":/" + name + "/"));
    } catch (IOException gone) {
      return false;
    }
  }

  private static boolean isNumber(String name) {
    return name.chars().allMatch(Character::isDigit);
  }
}
