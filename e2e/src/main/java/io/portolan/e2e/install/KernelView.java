package io.portolan.e2e.install;

import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Output;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a node's kernel holds, read with the kernel's own tool, not through us. */
public record KernelView(Node node) {
  private static final Pattern ENDPOINT = Pattern.compile(": ([0-9a-f.:]+) \\. [0-9a-z-]+");

  /** The whole table of a family, {@code ip} or {@code ip6}, as {@code nft} prints it. */
  public String table(String family) {
    return nft("list", "table", family, "portolan");
  }

  /** Whether the node has a table of ours. */
  public boolean programmed() {
    return nft("list", "tables").contains("portolan");
  }

  /** Addresses to which connections may be sent. */
  public Set<String> endpoints(String family) {
    return ENDPOINT
        .matcher(nft("list", "map", family, "portolan", "endpoints"))
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toSet());
  }

  /** How many endpoints a Service port, {@code namespace/service:port}, has. */
  public long endpointCount(String family, String port) {
    return nft("list", "map", family, "portolan", "endpoints")
        .lines()
        .filter(line -> line.contains("\"" + port + "\""))
        .count();
  }

  private String nft(String... arguments) {
    String[] line = Stream.concat(Stream.of("nft"), Stream.of(arguments)).toArray(String[]::new);
    Output output = node.execInNetwork(line);
    if (!output.succeeded()) {
      throw new IllegalStateException(
          String.join(" ", line) + " on " + node.name() + ": " + output.errors());
    }
    return output.text();
  }
}
