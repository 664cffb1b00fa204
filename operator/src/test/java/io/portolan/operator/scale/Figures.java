package io.portolan.operator.scale;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What one phase of a run cost.
 *
 * @param nodes that were given a revision in it
 * @param writes of the operator by kind
 * @param memory resident at its end, MiB
 * @param peak the most resident memory in it, MiB
 * @param heap used at its end, MiB, garbage included
 * @param passes of the reconciler
 * @param passTime in all of them, seconds
 * @param longestPass of the last minutes, seconds
 * @param statusBytes the ProxyConfig's status as JSON at its end
 */
record Figures(
    String phase,
    Duration took,
    int nodes,
    Map<String, Integer> writes,
    StatusLag.Figures lag,
    int memory,
    int peak,
    int heap,
    long passes,
    double passTime,
    double longestPass,
    Duration processorTime,
    int statusBytes) {

  /** Writes to a node's own objects: its NodeProxy, its label, its agent's Pod. */
  int nodeWrites() {
    return count("nodeproxies") + count("nodes ") + count("pods");
  }

  /** Writes to the ProxyConfig. */
  int configWrites() {
    return count("proxyconfigs");
  }

  /** All writes but the renewals of the leader's Lease, which go on whatever happens. */
  int allWrites() {
    return writes.values().stream().mapToInt(Integer::intValue).sum() - count("leases");
  }

  private int count(String prefix) {
    return writes.entrySet().stream()
        .filter(e -> e.getKey().startsWith(prefix))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  static String header() {
    return "| phase | took | nodes | writes/node | to the ProxyConfig | other | status late: max, p95"
        + " | passes: number, mean, max | processor | RSS: end, peak | heap | status |\n"
        + "|---|---|---|---|---|---|---|---|---|---|---|---|";
  }

  /** A row of the table. */
  String row() {
    return String.format(
        Locale.ROOT,
        "| %s | %.1f s | %d | %s | %d | %d | %s | %d, %.0f ms, %.0f ms | %.1f s | %d, %d MiB | %d MiB"
            + " | %d B |",
        phase,
        seconds(took),
        nodes,
        nodes == 0
            ? Integer.toString(nodeWrites())
            : String.format(Locale.ROOT, "%.3f", (double) nodeWrites() / nodes),
        configWrites(),
        allWrites() - nodeWrites() - configWrites(),
        lag.measured() == 0
            ? "-"
            : String.format(
                Locale.ROOT, "%.2f, %.2f s", seconds(lag.most()), seconds(lag.most95())),
        passes,
        passes == 0 ? 0 : 1000 * passTime / passes,
        1000 * longestPass,
        seconds(processorTime),
        memory,
        peak,
        heap,
        statusBytes);
  }

  /** The writes by kind. */
  String kinds() {
    return writes.entrySet().stream()
        .map(e -> e.getKey() + ": " + e.getValue())
        .collect(Collectors.joining(", "));
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }
}
