package io.portolan.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The cgroup below which a node's Pods live. With cgroup v1 there is one in each hierarchy, and a
 * new cpuset is useless until it got processors and memory nodes.
 */
final class Cgroups {
  private static final List<String> CPUSET = List.of("cpuset.cpus", "cpuset.mems");

  private final StateFile state;

  Cgroups(StateFile state) {
    this.state = state;
  }

  void create(String name) {
    List<Path> hierarchies = Mounts.ofType("cgroup");
    List<Path> unified = Mounts.ofType("cgroup2");
    if (hierarchies.isEmpty()) {
      hierarchies = unified;
    } else {
      // runc makes its own there, for eBPF programs.
      unified.forEach(hierarchy -> state.cgroup(hierarchy.resolve(name)));
    }
    for (Path hierarchy : hierarchies) {
      Path folder = hierarchy.resolve(name);
      state.cgroup(folder);
      try {
        Files.createDirectory(folder);
        for (String file : CPUSET) {
          Path inherited = hierarchy.resolve(file);
          if (Files.exists(inherited)) {
            Files.writeString(folder.resolve(file), Files.readString(inherited));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot make " + folder, e);
      }
    }
  }
}
