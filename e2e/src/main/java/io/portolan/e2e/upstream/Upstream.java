package io.portolan.e2e.upstream;

import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterException;
import io.portolan.e2e.cluster.ClusterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What {@code make upstream} runs. {@code run PROXY MODE [FOCUS]}: the specs against a cluster of
 * its own, results into the cache folder, exit code 0 when none failed. {@code table FILE}: the
 * results of the last whole runs into a Markdown file.
 */
public final class Upstream {
  private static final Duration BOUND = Duration.ofMinutes(40);
  private static final int PROCESSES = 8;
  private static final int NODES = 3;

  /** Says of every use of our own API that v1alpha1 is no stable version. */
  private static final Logger VERSION_WARNINGS =
      Logger.getLogger("io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils");

  private final ClusterOptions plain;

  private Upstream(ClusterOptions plain) {
    this.plain = plain;
  }

  /** See the class. */
  public static void main(String[] arguments) throws IOException {
    VERSION_WARNINGS.setLevel(Level.SEVERE);
    int nodes = Integer.getInteger("portolan.nodes", NODES);
    Upstream upstream = new Upstream(ClusterOptions.defaults().withNodes(nodes));
    List<String> words = List.of(arguments);
    boolean good =
        switch (words.isEmpty() ? "" : words.getFirst()) {
          case "run" ->
              upstream.run(
                  Proxy.of(words.get(1), words.get(2)), words.size() > 3 ? words.get(3) : "");
          case "table" -> upstream.table(Path.of(words.get(1)));
          default -> throw new IllegalArgumentException("run PROXY MODE [FOCUS], or table FILE");
        };
    System.exit(good ? 0 : 1);
  }

  private boolean run(Proxy proxy, String focus) {
    Choice choice = focus.isEmpty() ? Choice.forNodes(plain.nodes()) : new Choice(focus);
    // A part of the specs is no result to compare by.
    String name = name(proxy, plain.nodes()) + (focus.isEmpty() ? "" : "-focus");
    Path folder = results().resolve(name);
    try (Cluster cluster = Cluster.start(proxy.options(plain))) {
      proxy.install(cluster);
      SpecRun specs = new SpecRun(cluster, folder, PROCESSES, BOUND);
      System.out.println(
          "Kubernetes' specs against " + proxy.word() + "; their log: " + specs.log());
      Results results = new Results(specs.run(choice, new Console(System.out)));
      Path file = results().resolve(name + ".json");
      results.write(file);
      System.out.println("Results: " + file);
      results.outcomes().stream()
          .filter(Outcome::failed)
          .forEach(spec -> System.out.println("FAILED " + spec.title() + ": " + spec.because()));
      System.out.println(results.summary());
      return results.good();
    } catch (ClusterException e) {
      System.err.println(e.getMessage());
      return false;
    }
  }

  private boolean table(Path document) throws IOException {
    SortedMap<Integer, Comparison> comparisons = new TreeMap<>();
    for (int nodes = 1; nodes <= 9; nodes++) {
      Map<Proxy, Results> results = new EnumMap<>(Proxy.class);
      for (Proxy proxy : Proxy.values()) {
        Results.read(results().resolve(name(proxy, nodes) + ".json"))
            .ifPresent(found -> results.put(proxy, found));
      }
      comparisons.put(nodes, new Comparison(results));
    }
    Files.writeString(document, new ResultsDocument(comparisons).into(Files.readString(document)));
    System.out.println("Written: " + document);
    return true;
  }

  private static String name(Proxy proxy, int nodes) {
    return proxy.word() + (nodes == NODES ? "" : "-" + nodes + "-nodes");
  }

  private Path results() {
    return plain.cache().folder().resolve("upstream");
  }
}
