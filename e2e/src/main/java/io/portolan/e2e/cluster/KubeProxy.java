package io.portolan.e2e.cluster;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where upstream's kube-proxy runs, as a plain process of the node.
 *
 * @param nodes numbers of the nodes, 1 is the first; empty: no kube-proxy anywhere
 * @param mode its proxy mode
 */
public record KubeProxy(Set<Integer> nodes, Mode mode) {
  /** kube-proxy's modes that are of use here. */
  public enum Mode {
    /** nft. */
    NFTABLES,
    /** The legacy binaries: with iptables-nft 10,000 Services take many minutes. */
    IPTABLES;

    String flag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** No kube-proxy anywhere. */
  public static final KubeProxy NONE = new KubeProxy(Set.of(), Mode.NFTABLES);

  /** Keeps an immutable copy of the numbers. */
  public KubeProxy {
    nodes = Set.copyOf(nodes);
  }

  /** kube-proxy on the given nodes only. */
  public static KubeProxy on(Mode mode, Integer... nodes) {
    return new KubeProxy(Arrays.stream(nodes).collect(Collectors.toSet()), mode);
  }
}
