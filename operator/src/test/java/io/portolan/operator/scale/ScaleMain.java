package io.portolan.operator.scale;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * {@code make scale}: rolls changes out on a fleet of many nodes on a real API server and prints
 * figures (docs/scale.md). Arguments: number of nodes, folder with etcd and kube-apiserver.
 */
final class ScaleMain {
  private ScaleMain() {}

  /** Exit code 0: a whole run; 1: it says what it waited for. */
  public static void main(String[] args) throws IOException {
    int nodes = Integer.parseInt(args[0]);
    Path folder = Files.createTempDirectory("portolan-scale-");
    Instant begin = Instant.now();
    // Also when it is ended from outside: its children would go on.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
                  delete(folder);
                }));
    try {
      var figures = run(nodes, Path.of(args[1]), folder, begin);
      System.out.println();
      System.out.println(Figures.header());
      figures.forEach(f -> System.out.println(f.row()));
    } catch (IOException | RuntimeException e) {
      e.printStackTrace();
      System.exit(1);
    }
    // The clients' threads would hold it up.
    System.exit(0);
  }

  private static List<Figures> run(int nodes, Path binaries, Path folder, Instant begin)
      throws IOException {
    var all = new ArrayList<Figures>();
    try (var run =
        new ScaleRun(
            nodes,
            binaries,
            folder,
            line ->
                System.out.printf(
                    Locale.ROOT,
                    "[%4d s] %s%n",
                    Duration.between(begin, Instant.now()).toSeconds(),
                    line))) {
      all.add(run.start());
      all.add(run.first());
      all.add(run.settings());
      all.add(run.bad());
      all.add(run.quiet(Duration.ofMinutes(1)));
      all.add(run.restart());
      all.add(run.image());
    }
    return all;
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      System.err.println("left behind: " + folder + ": " + e);
    }
  }
}
