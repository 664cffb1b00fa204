package io.portolan.e2e.upstream;

import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterOptions;
import io.portolan.e2e.cluster.KubeProxy;
import io.portolan.e2e.install.Installation;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Who serves the Services while the specs run. */
public enum Proxy {
  /** Upstream's, in mode nftables. */
  KUBE_PROXY("kube-proxy"),
  /** Ours: operator and agents, no kube-proxy. */
  PORTOLAN("portolan");

  private static final Duration READY = Duration.ofMinutes(2);

  /**
   * One of the specs takes kube-proxy's default for that of the cluster. Without a word in the
   * ProxyConfig Portolan leaves the kernel's.
   */
  private static final String CLOSE_WAIT =
      "{\"spec\": {\"conntrack\": {\"tcpCloseWaitTimeout\": \"1h\"}}}";

  private final String word;

  Proxy(String word) {
    this.word = word;
  }

  /** As the command line and file names have it. */
  public String word() {
    return word;
  }

  /** The proxy of this word; throws {@link IllegalArgumentException} with the words there are. */
  public static Proxy of(String word) {
    return Arrays.stream(values())
        .filter(proxy -> proxy.word.equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no proxy '%s', it is one of %s"
                        .formatted(
                            word,
                            Arrays.stream(values())
                                .map(Proxy::word)
                                .collect(Collectors.joining(", ")))));
  }

  /** A cluster for it, with the images that the specs' Pods need. */
  public ClusterOptions options(ClusterOptions plain) {
    ClusterOptions options =
        plain
            .withImage(plain.cache().image("agnhost"))
            .withImage(plain.cache().image("regression-issue-74839"));
    return switch (this) {
      case PORTOLAN -> Installation.images(options);
      case KUBE_PROXY ->
          options.withKubeProxy(
              KubeProxy.on(
                  KubeProxy.Mode.NFTABLES,
                  IntStream.rangeClosed(1, plain.nodes()).boxed().toArray(Integer[]::new)));
    };
  }

  /** Makes the cluster serve Services; kube-proxy does since the cluster's start. */
  public void install(Cluster cluster) {
    if (this == PORTOLAN) {
      Installation portolan = Installation.on(cluster);
      portolan.kubectl().apply(Installation.file("crds/samples/proxyconfig-default.yaml"));
      portolan.patch("default", CLOSE_WAIT);
      portolan.waitReady("default", READY);
      portolan.waitNodesReady(cluster.nodes().size(), READY);
    }
  }
}
