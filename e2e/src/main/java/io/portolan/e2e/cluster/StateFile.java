package io.portolan.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The one file that says what a cluster has on this machine. Names of links, namespaces and cgroups
 * are machine-wide, therefore the file is too, and there is one cluster at a time. It lives in
 * {@code /run}, which is emptied by a reboot like everything that it names.
 *
 * <p>Each entry is appended before the thing is made; a process right after it was started (one
 * that was killed in between is found by the cluster's id in its environment).
 */
final class StateFile {
  private static final Path FOLDER = Path.of("/run/portolan");
  private static final Path FILE = FOLDER.resolve("cluster.state");

  private static final Duration LOCK_BOUND = Duration.ofMinutes(2);

  private final String id;

  private StateFile(String id) {
    this.id = id;
  }

  /** What is on this machine now; empty if nothing is. */
  static Optional<State> read() {
    try {
      return State.parse(Files.readAllLines(FILE));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes this JVM's cluster the machine's one. What an earlier start left is given to {@code
   * remover} first; throws {@link ClusterException} if it is still in use.
   */
  static StateFile claim(ClusterOptions options, Consumer<State> remover) {
    String id = UUID.randomUUID().toString();
    locked(
        () -> {
          Optional<State> earlier = read();
          earlier
              .flatMap(State::inUse)
              .ifPresent(
                  sentence -> {
                    throw new ClusterException(sentence);
                  });
          earlier.ifPresent(remover);
          Files.deleteIfExists(FILE);
          ProcessId self = ProcessId.self();
          append(
              "cluster",
              id,
              options.purpose().name(),
              Long.toString(self.pid()),
              Long.toString(self.startTime()),
              options.folder().toString());
        });
    return new StateFile(id);
  }

  /** Gives what is there to {@code remover} and forgets it; nothing happens if nothing is there. */
  static void end(String id, Consumer<State> remover) {
    locked(
        () -> {
          Optional<State> state = read().filter(found -> found.id().equals(id));
          if (state.isPresent()) {
            remover.accept(state.get());
            Files.deleteIfExists(FILE);
          }
        });
  }

  String id() {
    return id;
  }

  void process(ProcessId process) {
    append("process", Long.toString(process.pid()), Long.toString(process.startTime()));
  }

  void namespace(String name) {
    append("netns", name);
  }

  void link(String name) {
    append("link", name);
  }

  void cgroup(Path folder) {
    append("cgroup", folder.toString());
  }

  void emptyFolder(Path folder) {
    append("empty-folder", folder.toString());
  }

  void sysctl(Path file, String valueBefore) {
    append("sysctl", file.toString(), valueBefore);
  }

  void leftRunning() {
    append("left-running");
  }

  private static synchronized void append(String... words) {
    try {
      Files.createDirectories(FOLDER);
      Files.writeString(
          FILE,
          String.join("\t", words) + "\t.\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Action {
    void run() throws IOException;
  }

  private static synchronized void locked(Action action) {
    try {
      Files.createDirectories(FOLDER);
      Path file = FOLDER.resolve("cluster.lock");
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        Waiting.on("another process that starts or ends a cluster", LOCK_BOUND)
            .until(() -> channel.tryLock() == null ? Optional.of("it goes on") : Optional.empty());
        action.run();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + List.of(FOLDER), e);
    }
  }
}
