package io.portolan.e2e.cluster;

import io.portolan.e2e.cluster.ClusterOptions.Purpose;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a state file tells: everything a cluster has on this machine outside its folder.
 *
 * @param id unique; its programs carry it in their environment
 * @param purpose who uses it
 * @param starter the JVM that started it
 * @param folder all files of the cluster
 * @param leftRunning whether the starter was done with it and left it to a person
 * @param processes programs
 * @param namespaces names of network namespaces
 * @param links names of links of the host
 * @param cgroups absolute folders
 * @param emptyFolders folders of the host that the cluster made only to mount on them
 * @param sysctls files below /proc/sys that a kubelet changes, with the values from before
 */
record State(
    String id,
    Purpose purpose,
    ProcessId starter,
    Path folder,
    boolean leftRunning,
    List<ProcessId> processes,
    List<String> namespaces,
    List<String> links,
    List<Path> cgroups,
    List<Path> emptyFolders,
    Map<Path, String> sysctls) {

  /** Empty if the text breaks off before it names the starter: then nothing was made yet. */
  static Optional<State> parse(List<String> lines) {
    Map<String, List<List<String>>> byKind = new LinkedHashMap<>();
    for (String line : lines) {
      List<String> words = List.of(line.split("\t", -1));
      // A start that was killed may leave half a line, which has no end mark.
      if (words.getLast().equals(".")) {
        byKind
            .computeIfAbsent(words.getFirst(), kind -> new ArrayList<>())
            .add(words.subList(1, words.size() - 1));
      }
    }
    List<List<String>> cluster = byKind.getOrDefault("cluster", List.of());
    if (cluster.isEmpty()) {
      return Optional.empty();
    }
    List<String> head = cluster.getFirst();
    Map<Path, String> sysctls = new LinkedHashMap<>();
    byKind
        .getOrDefault("sysctl", List.of())
        .forEach(words -> sysctls.put(Path.of(words.get(0)), words.get(1)));
    return Optional.of(
        new State(
            head.get(0),
            Purpose.valueOf(head.get(1)),
            process(head.subList(2, 4)),
            Path.of(head.get(4)),
            byKind.containsKey("left-running"),
            byKind.getOrDefault("process", List.of()).stream().map(State::process).toList(),
            names(byKind, "netns"),
            names(byKind, "link"),
            names(byKind, "cgroup").stream().map(Path::of).toList(),
            names(byKind, "empty-folder").stream().map(Path::of).toList(),
            sysctls));
  }

  /** Why another start must not take its place; empty if nobody needs it any more. */
  Optional<String> inUse() {
    if (leftRunning) {
      return Optional.of("A demo cluster is running: end it with 'make down' first.");
    }
    if (starter.alive()) {
      return Optional.of(
          "Process "
              + starter.pid()
              + " has a cluster on this machine: wait until it is done, or end that process.");
    }
    return Optional.empty();
  }

  private static List<String> names(Map<String, List<List<String>>> byKind, String kind) {
    return byKind.getOrDefault(kind, List.of()).stream().map(List::getFirst).toList();
  }

  private static ProcessId process(List<String> words) {
    return new ProcessId(Long.parseLong(words.get(0)), Long.parseLong(words.get(1)));
  }
}
