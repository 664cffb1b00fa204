package io.portolan.e2e.upstream;

import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterOptions;
import io.portolan.e2e.cluster.KubeProxy;
import io.portolan.e2e.install.Installation;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Who serves the Services while the specs run, and by which mode. */
public enum Proxy {
  /** Upstream's, in mode nftables. */
  KUBE_PROXY("kube-proxy", "nftables"),
  /** Ours in mode nftables: operator and agents, no kube-proxy. */
  PORTOLAN("portolan", "nftables"),
  /** Upstream's, in mode iptables by the legacy binaries. */
  KUBE_PROXY_IPTABLES("kube-proxy", "iptables"),
  /** Ours in mode iptables, by the backend that it picks itself. */
  PORTOLAN_IPTABLES("portolan", "iptables");

  private static final Duration READY = Duration.ofMinutes(2);

  private final String program;
  private final String mode;

  Proxy(String program, String mode) {
    this.program = program;
    this.mode = mode;
  }

  /** As file names and tables have it: the program, and the mode unless it is nftables. */
  public String word() {
    return mode.equals("nftables") ? program : program + "-" + mode;
  }

  /**
   * The one that the command line means; throws {@link IllegalArgumentException} with those that
   * there are.
   *
   * @param program {@code portolan} or {@code kube-proxy}
   */
  public static Proxy of(String program, String mode) {
    return Arrays.stream(values())
        .filter(proxy -> proxy.program.equals(program) && proxy.mode.equals(mode))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no proxy '%s %s', it is one of %s"
                        .formatted(
                            program,
                            mode,
                            Arrays.stream(values())
                                .map(proxy -> proxy.program + " " + proxy.mode)
                                .collect(Collectors.joining(", ")))));
  }

  /** A cluster for it, with the images that the specs' Pods need. */
  public ClusterOptions options(ClusterOptions plain) {
    ClusterOptions options =
        plain
            .withImage(plain.cache().image("agnhost"))
            .withImage(plain.cache().image("regression-issue-74839"));
    return switch (this) {
      case PORTOLAN, PORTOLAN_IPTABLES -> Installation.images(options);
      case KUBE_PROXY -> withKubeProxy(options, KubeProxy.Mode.NFTABLES);
      case KUBE_PROXY_IPTABLES -> withKubeProxy(options, KubeProxy.Mode.IPTABLES);
    };
  }

  private static ClusterOptions withKubeProxy(ClusterOptions options, KubeProxy.Mode mode) {
    Integer[] everywhere =
        IntStream.rangeClosed(1, options.nodes()).boxed().toArray(Integer[]::new);
    return options.withKubeProxy(KubeProxy.on(mode, everywhere));
  }

  /** Makes the cluster serve Services; kube-proxy does since the cluster's start. */
  public void install(Cluster cluster) {
    switch (this) {
      case KUBE_PROXY, KUBE_PROXY_IPTABLES -> {}
      case PORTOLAN, PORTOLAN_IPTABLES -> {
        Installation portolan = Installation.on(cluster);
        portolan.kubectl().apply(Installation.file("crds/samples/proxyconfig-default.yaml"));
        portolan.patch("default", settings());
        portolan.waitReady("default", READY);
        portolan.waitNodesReady(cluster.nodes().size(), READY);
      }
    }
  }

  /**
   * The mode, and what kube-proxy has by itself in that mode and one of the specs takes for the
   * cluster's: its timeout of CLOSE_WAIT, and in mode iptables NodePorts on all addresses. Without
   * a word in the ProxyConfig Portolan leaves the kernel's timeout, and has NodePorts on the node's
   * primary addresses.
   */
  private String settings() {
    String nodePorts =
        mode.equals("iptables")
            ? ", \"traffic\": {\"nodePortAddresses\": [\"0.0.0.0/0\", \"::/0\"]}"
            : "";
    return "{\"spec\": {\"mode\": \"%s\", \"conntrack\": {\"tcpCloseWaitTimeout\": \"1h\"}%s}}"
        .formatted(mode, nodePorts);
  }
}
