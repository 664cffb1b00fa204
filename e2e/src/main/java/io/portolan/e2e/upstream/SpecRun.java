package io.portolan.e2e.upstream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterException;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs specs of e2e.test against a cluster, several at a time.
 *
 * @param cluster must have a proxy
 * @param folder for the log and the outcomes as they come; made if absent
 * @param processes how many specs at a time
 * @param bound how long all may take together
 */
public record SpecRun(Cluster cluster, Path folder, int processes, Duration bound) {
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Hears of the run while it goes on. */
  public interface Listener {
    /** How many specs will be run. */
    void total(int specs);

    /** One spec came to its end. */
    void ended(Outcome outcome);
  }

  /**
   * Runs them all and returns what came of each, in the order of their ends.
   *
   * @throws ClusterException if the run did not come to its end; the message has the log's last
   *     lines
   */
  public List<Outcome> run(Choice choice, Listener listener) {
    try {
      Files.createDirectories(folder);
      Path lines = folder.resolve("specs.jsonl");
      Files.deleteIfExists(lines);
      Process process = start(choice, lines);
      Thread atExit = new Thread(() -> end(process), "end of the specs");
      Runtime.getRuntime().addShutdownHook(atExit);
      try {
        return follow(process, new Lines(lines, listener));
      } finally {
        end(process);
        Runtime.getRuntime().removeShutdownHook(atExit);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("interrupted while the specs ran", e);
    }
  }

  /** What ginkgo and the specs print. */
  public Path log() {
    return folder.resolve("ginkgo.log");
  }

  private Process start(Choice choice, Path lines) throws IOException {
    var cache = cluster.options().cache();
    List<String> line =
        List.of(
            cache.program("ginkgo").toString(),
            "--procs=" + processes,
            "--no-color",
            "--keep-going",
            "--silence-skips",
            "--timeout=" + bound.toSeconds() + "s",
            "--focus=" + choice.focus(),
            "--skip=" + choice.skip(),
            cache.program("e2e.test").toString(),
            "--",
            "--provider=skeleton",
            "--kubeconfig=" + cluster.kubeconfig(),
            "--kubectl-path=" + cache.program("kubectl"),
            "--num-nodes=" + cluster.nodes().size(),
            "--specs-file=" + lines);
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().clear();
    builder
        .environment()
        .putAll(Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "HOME", folder.toString()));
    builder.directory(folder.toFile());
    builder.redirectInput(new File("/dev/null"));
    builder.redirectErrorStream(true);
    builder.redirectOutput(log().toFile());
    return builder.start();
  }

  private List<Outcome> follow(Process process, Lines lines)
      throws IOException, InterruptedException {
    // ginkgo ends by itself at its bound and then needs some time to clean up.
    long last = System.nanoTime() + bound.plusMinutes(2).toNanos();
    while (!process.waitFor(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
      lines.read();
      if (System.nanoTime() > last) {
        throw new ClusterException(
            "the specs did not end within " + bound.toSeconds() + " s" + evidence());
      }
    }
    lines.read();
    if (lines.total == 0) {
      throw new ClusterException("no spec was run" + evidence());
    }
    if (lines.outcomes.size() < lines.total) {
      throw new ClusterException(
          "only " + lines.outcomes.size() + " of " + lines.total + " specs were run" + evidence());
    }
    boolean failed = lines.outcomes.stream().anyMatch(Outcome::failed);
    if (process.exitValue() != 0 && !failed) {
      throw new ClusterException("ginkgo ended with " + process.exitValue() + evidence());
    }
    return lines.outcomes;
  }

  private String evidence() throws IOException {
    List<String> all = Files.readString(log(), StandardCharsets.UTF_8).lines().toList();
    return "; the end of "
        + log()
        + ":\n"
        + String.join("\n", all.subList(Math.max(0, all.size() - 25), all.size()));
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** Reads what was appended to the file since the last time. */
  private static final class Lines {
    private final Path file;
    private final Listener listener;
    private final List<Outcome> outcomes = new ArrayList<>();
    private int total;
    private long read;

    Lines(Path file, Listener listener) {
      this.file = file;
      this.listener = listener;
    }

    void read() throws IOException {
      if (!Files.exists(file)) {
        return;
      }
      try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
        byte[] bytes = new byte[Math.toIntExact(open.length() - read)];
        open.seek(read);
        open.readFully(bytes);
        int whole = bytes.length;
        while (whole > 0 && bytes[whole - 1] != '\n') {
          whole--;
        }
        read += whole;
        for (String line : new String(bytes, 0, whole, StandardCharsets.UTF_8).split("\n", -1)) {
          if (!line.isEmpty()) {
            take(line);
          }
        }
      }
    }

    private void take(String line) throws JsonProcessingException {
      JsonNode node = JSON.readTree(line);
      if (node.has("total")) {
        total = node.get("total").asInt();
        listener.total(total);
      } else {
        Outcome outcome = JSON.treeToValue(node, Outcome.class);
        outcomes.add(outcome);
        listener.ended(outcome);
      }
    }
  }
}
