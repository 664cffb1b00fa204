package io.portolan.e2e.install;

import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Output;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a node's kernel has of a proxy, line by line as the kernel's own tools tell it; empty when
 * nothing is left.
 */
public record KernelTraces(Node node) {
  private static final Duration BOUND = Duration.ofMinutes(2);

  /** kubelet's own, which any proxy leaves alone. */
  private static final Pattern OF_KUBELET =
      Pattern.compile("KUBE-(IPTABLES-HINT|KUBELET-CANARY|FIREWALL)\\b");

  private static final Pattern PORTOLAN_TABLE = Pattern.compile("^table ip6? portolan\\b.*");
  private static final Pattern KUBE_PROXY_TABLE = Pattern.compile("^table ip6? kube-proxy\\b.*");
  private static final Pattern LEGACY_SET = Pattern.compile("PORTOLAN-[46]L-.*");
  private static final Pattern NFT_SET = Pattern.compile("PORTOLAN-[46]-.*");

  /** Who wrote into the kernel, and how. */
  public enum Of {
    /** Portolan in mode nftables. */
    NFTABLES,
    /** Portolan in mode iptables by the legacy binaries. */
    IPTABLES_LEGACY,
    /** Portolan in mode iptables by the nft binaries. */
    IPTABLES_NFT,
    /** Upstream's, in any mode. */
    KUBE_PROXY
  }

  /** The lines that are there of it. */
  public List<String> of(Of whom) {
    return switch (whom) {
      case NFTABLES -> nftables(PORTOLAN_TABLE.asMatchPredicate());
      case IPTABLES_LEGACY ->
          Stream.concat(
                  iptables("legacy", line -> line.contains("PORTOLAN")),
                  sets(LEGACY_SET.asMatchPredicate()))
              .toList();
      case IPTABLES_NFT ->
          Stream.concat(
                  iptables("nft", line -> line.contains("PORTOLAN")),
                  sets(NFT_SET.asMatchPredicate()))
              .toList();
      case KUBE_PROXY ->
          Stream.of(
                  nftables(KUBE_PROXY_TABLE.asMatchPredicate()).stream(),
                  iptables("legacy", KernelTraces::ofKubeProxy),
                  iptables("nft", KernelTraces::ofKubeProxy),
                  sets(name -> name.startsWith("KUBE-")))
              .flatMap(lines -> lines)
              .toList();
    };
  }

  /** Everything that bears our name, whatever the mode. */
  public List<String> ofPortolan() {
    return Stream.of(Of.NFTABLES, Of.IPTABLES_LEGACY, Of.IPTABLES_NFT)
        .flatMap(mode -> of(mode).stream())
        .toList();
  }

  private static boolean ofKubeProxy(String line) {
    return line.contains("KUBE-") && !OF_KUBELET.matcher(line).find();
  }

  /** Terse: without the elements, which no empty table has. */
  private List<String> nftables(Predicate<String> which) {
    return lines("nft", "-t", "list", "ruleset").filter(which).toList();
  }

  private Stream<String> iptables(String backend, Predicate<String> which) {
    return Stream.of("iptables-", "ip6tables-")
        .flatMap(program -> lines(program + backend + "-save"))
        .filter(which);
  }

  private Stream<String> sets(Predicate<String> which) {
    return lines("ipset", "list", "-n").filter(which);
  }

  private Stream<String> lines(String... command) {
    Output output = node.execInNetwork(BOUND, command);
    if (!output.succeeded()) {
      throw new IllegalStateException(
          String.join(" ", command) + " on " + node.name() + ": " + output.errors());
    }
    return output.text().lines();
  }
}
