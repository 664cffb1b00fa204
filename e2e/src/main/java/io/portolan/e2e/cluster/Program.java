package io.portolan.e2e.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A long-running program of the cluster: started by it, ended by its pid. */
public final class Program {
  private final String name;
  private final ProcessId process;
  private final Path log;

  Program(String name, ProcessId process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /** What it is called in messages, such as {@code kube-apiserver}. */
  public String name() {
    return name;
  }

  /** Its pid as the host sees it. */
  public long pid() {
    return process.pid();
  }

  /** What it printed. */
  public Path log() {
    return log;
  }

  /** Whether it still runs. */
  public boolean alive() {
    return process.alive();
  }

  /** Ends it with SIGKILL and waits until it is gone. */
  public void kill9() {
    process.kill9();
    Waiting.on("the end of " + name, Duration.ofSeconds(10))
        .until(() -> alive() ? Optional.of("pid " + pid() + " lives") : Optional.empty());
  }

  /** The end of its log; an unreadable log is told in place of the lines. */
  public List<String> lastLines(int number) {
    try {
      String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
      List<String> lines = text.lines().toList();
      return lines.subList(Math.max(0, lines.size() - number), lines.size());
    } catch (IOException e) {
      return List.of("(unreadable: " + e.getMessage() + ")");
    }
  }
}
