package io.portolan.e2e.cluster;

import static java.util.Comparator.reverseOrder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Ends what a state names, whoever started it: first every process, then what they stood on. The
 * one way in which a cluster ends: by its own {@code close}, by {@link Down}, by the next start.
 */
final class Teardown {
  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final String IDENTITY = "PORTOLAN_CLUSTER";

  private final State state;

  private Teardown(State state) {
    this.state = state;
  }

  /** The environment variable by which a cluster's programs are known. */
  static Map<String, String> identity(String id) {
    return Map.of(IDENTITY, id);
  }

  /** Throws {@link ClusterException} that names what could not be removed. */
  static void run(State state) {
    Teardown teardown = new Teardown(state);
    waitFor("the end of all processes", teardown::endProcesses);
    teardown.removeLinks();
    waitFor("the unmounting of the cluster's folder", teardown::unmount);
    for (Path cgroup : state.cgroups()) {
      waitFor("the removal of " + cgroup, () -> removeCgroup(cgroup));
    }
    waitFor("the removal of " + state.folder(), teardown::removeFolder);
    teardown.restoreHost();
  }

  private static void waitFor(String what, Waiting.Probe probe) {
    Waiting.on(what, BOUND).until(probe);
  }

  private Optional<String> endProcesses() throws IOException {
    Set<ProcessId> living = new HashSet<>(state.processes());
    living.removeIf(process -> !process.alive());
    living.addAll(carriersOfTheId());
    living.forEach(ProcessId::kill9);
    return living.isEmpty() ? Optional.empty() : Optional.of(living + " live");
  }

  private List<ProcessId> carriersOfTheId() throws IOException {
    String mark = IDENTITY + "=" + state.id();
    return Processes.all().stream()
        .filter(process -> environment(process).contains(mark))
        .flatMap(process -> ProcessId.of(Processes.pid(process)).stream())
        .toList();
  }

  private static List<String> environment(Path process) {
    try {
      byte[] text = Files.readAllBytes(process.resolve("environ"));
      return List.of(new String(text, StandardCharsets.UTF_8).split("\0", -1));
    } catch (IOException gone) {
      return List.of();
    }
  }

  private void removeLinks() {
    for (String link : state.links()) {
      if (Files.exists(Path.of("/sys/class/net", link))) {
        Command.of("ip", "link", "delete", link).output();
      }
    }
    for (String namespace : state.namespaces()) {
      if (Files.exists(Path.of("/run/netns", namespace))) {
        Command.of("ip", "netns", "delete", namespace).output();
      }
    }
  }

  private Optional<String> unmount() throws IOException {
    List<Path> mounts = Mounts.below(state.folder());
    for (Path mount : mounts.reversed()) {
      Command.of("umount", "--lazy", mount.toString()).output();
    }
    return mounts.isEmpty() ? Optional.empty() : Optional.of(mounts + " are mounted");
  }

  private static Optional<String> removeCgroup(Path cgroup) throws IOException {
    if (!Files.exists(cgroup)) {
      return Optional.empty();
    }
    // The files of a cgroup can't be deleted, they go with their folder.
    try (Stream<Path> files = Files.walk(cgroup)) {
      for (Path folder : files.filter(Files::isDirectory).sorted(reverseOrder()).toList()) {
        Files.deleteIfExists(folder);
      }
    }
    return Optional.empty();
  }

  private Optional<String> removeFolder() throws IOException {
    ClusterFolder.delete(state.folder());
    return Optional.empty();
  }

  private void restoreHost() {
    state.sysctls().forEach(Teardown::restore);
    for (Path folder : state.emptyFolders().reversed()) {
      removeIfEmpty(folder);
    }
  }

  private static void removeIfEmpty(Path folder) {
    try {
      Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException e) {
      // Somebody else uses it by now.
    } catch (IOException e) {
      throw new ClusterException("cannot remove " + folder, e);
    }
  }

  private static void restore(Path file, String value) {
    try {
      if (Files.exists(file)) {
        Files.writeString(file, value);
      }
    } catch (IOException e) {
      throw new ClusterException("cannot set " + file + " to " + value, e);
    }
  }
}
