package io.portolan.e2e.install;

import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Output;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a node's kernel holds of ours, whatever the mode, read with the kernel's own tools, not
 * through us. Where two modes are beside each other it tells of nftables, which packets meet first.
 */
public record KernelView(Node node) {
  private static final Duration BOUND = Duration.ofMinutes(1);
  private static final Pattern ENDPOINT = Pattern.compile(": ([0-9a-f.:]+) \\. [0-9a-z-]+");

  /** The whole table of mode nftables, {@code ip} or {@code ip6}, as {@code nft} prints it. */
  public String table(String family) {
    return run("nft", "list", "table", family, "portolan");
  }

  /** Whether the node has rules of ours. */
  public boolean programmed() {
    return nftables() || iptables("ip").stream().anyMatch(IptablesView::programmed);
  }

  /** Addresses to which connections may be sent; the family is {@code ip} or {@code ip6}. */
  public Set<String> endpoints(String family) {
    return nftables()
        ? ENDPOINT
            .matcher(run("nft", "list", "map", family, "portolan", "endpoints"))
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toSet())
        : iptables(family).stream()
            .flatMap(view -> view.addresses().stream())
            .collect(Collectors.toSet());
  }

  /** How many endpoints a Service port, {@code namespace/service:port}, has. */
  public long endpointCount(String family, String port) {
    return nftables()
        ? run("nft", "list", "map", family, "portolan", "endpoints")
            .lines()
            .filter(line -> line.contains("\"" + port + "\""))
            .count()
        : iptables(family).stream()
            .flatMap(view -> view.endpoints(port).stream())
            .distinct()
            .count();
  }

  private boolean nftables() {
    return run("nft", "list", "tables").contains("portolan");
  }

  /** Of both backends. Without a table's name no table is made by looking at it. */
  private List<IptablesView> iptables(String family) {
    String program = family.equals("ip") ? "iptables-" : "ip6tables-";
    return Stream.of("legacy", "nft")
        .map(backend -> new IptablesView(run(program + backend + "-save")))
        .toList();
  }

  private String run(String... line) {
    Output output = node.execInNetwork(BOUND, line);
    if (!output.succeeded()) {
      throw new IllegalStateException(
          String.join(" ", line) + " on " + node.name() + ": " + output.errors());
    }
    return output.text();
  }
}
