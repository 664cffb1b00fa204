package io.portolan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A contestant's process in the node's namespace, whose memory is looked at 40 times a second. */
final class Running implements AutoCloseable {
  private final Process process;
  private final Path log;
  private final long began;
  private final ProcessTree tree;
  private final Thread watcher;
  private volatile long peak;

  private Running(Process process, Path log, long began) {
    this.process = process;
    this.log = log;
    this.began = began;
    this.tree = new ProcessTree(process.pid());
    this.watcher = Thread.ofPlatform().daemon().name("memory").start(this::watch);
  }

  static Running start(Path log, List<String> line) {
    // nsenter and env become the program: the pid is the program's.
    var all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/node"));
    all.addAll(line);
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
      long began = System.nanoTime();
      Process process =
          new ProcessBuilder(all)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      return new Running(process, log, began);
    } catch (IOException e) {
      throw new BenchException("cannot start " + line, e);
    }
  }

  private void watch() {
    while (process.isAlive()) {
      peak = Math.max(peak, tree.residentBytes());
      try {
        Thread.sleep(25);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** When it was started, {@link System#nanoTime}. */
  long began() {
    return began;
  }

  ProcessTree tree() {
    return tree;
  }

  /** The most that the tree had resident, as seen; never below what the root says of itself. */
  long peakBytes() {
    return Math.max(peak, tree.rootPeakBytes());
  }

  Path log() {
    return log;
  }

  /**
   * Throws when it has ended by itself.
   *
   * @throws BenchException with the end of its log
   */
  void check() {
    if (!process.isAlive()) {
      throw new BenchException("it ended with " + process.exitValue() + ": " + lastLines());
    }
  }

  String lastLines() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
    } catch (IOException e) {
      return "(no log)";
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      watcher.join();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
