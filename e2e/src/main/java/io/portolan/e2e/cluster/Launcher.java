package io.portolan.e2e.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Starts long-running programs so that they outlive this JVM and a Ctrl-C at its terminal (each has
 * a session of its own), and writes each to the state file.
 */
final class Launcher {
  private static final Duration BOUND = Duration.ofSeconds(20);
  static final String SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final StateFile state;
  private final ClusterFolder folder;

  Launcher(StateFile state, ClusterFolder folder) {
    this.state = state;
    this.folder = folder;
  }

  /**
   * The variables of every program: nothing of the person's shell (a proxy would lead the programs
   * astray).
   */
  Map<String, String> environment(String pathFirst) {
    Map<String, String> variables = new HashMap<>(Teardown.identity(state.id()));
    variables.put("PATH", pathFirst.isEmpty() ? SYSTEM_PATH : pathFirst + ":" + SYSTEM_PATH);
    variables.put("HOME", folder.path().toString());
    return variables;
  }

  Program start(String name, List<String> line) {
    return start(name, folder.file("logs", name + ".log"), line, "");
  }

  Program start(String name, Path log, List<String> line, String pathFirst) {
    List<String> ownSession = new ArrayList<>(List.of("setsid"));
    ownSession.addAll(line);
    ProcessBuilder builder = new ProcessBuilder(ownSession);
    builder.environment().clear();
    builder.environment().putAll(environment(pathFirst));
    builder.directory(folder.path().toFile());
    builder.redirectInput(new File("/dev/null"));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    try {
      return started(name, builder.start().pid(), log);
    } catch (IOException e) {
      throw new ClusterException(name + " could not be started: " + e.getMessage(), e);
    }
  }

  /** The one child of a program that forks to enter a PID namespace. */
  Program childOf(Program parent) {
    Waiting.on("the process of " + parent.name(), BOUND, parent)
        .until(() -> child(parent).isPresent() ? Optional.empty() : Optional.of("no child"));
    return started(parent.name(), child(parent).orElseThrow(), parent.log());
  }

  private static Optional<Long> child(Program parent) {
    return ProcessHandle.of(parent.pid())
        .flatMap(handle -> handle.children().findFirst())
        .map(ProcessHandle::pid);
  }

  private Program started(String name, long pid, Path log) {
    Optional<ProcessId> process = ProcessId.of(pid);
    process.ifPresent(state::process);
    return new Program(name, process.orElse(new ProcessId(pid, -1)), log);
  }
}
