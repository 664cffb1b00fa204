package io.portolan.e2e.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The mounts that this JVM sees (/proc/self/mountinfo, proc(5)). */
final class Mounts {
  private static final int MOUNT_POINT = 4;

  private Mounts() {}

  /** Mount points at or below a folder, in the order in which they were mounted. */
  static List<Path> below(Path folder) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .map(line -> Path.of(line.split(" ", -1)[MOUNT_POINT]))
        .filter(mount -> mount.startsWith(folder))
        .toList();
  }

  /** Mount points of a file system type. */
  static List<Path> ofType(String type) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return lines
          .filter(line -> line.contains(" - " + type + " "))
          .map(line -> Path.of(line.split(" ", -1)[MOUNT_POINT]))
          .toList();
    } catch (IOException e) {
      throw new ClusterException("cannot read the table of mounts", e);
    }
  }
}
