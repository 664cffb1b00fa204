package io.portolan.e2e.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Upstream's kube-proxy as a plain process of a node. */
final class KubeProxyProcess {
  private final Cache cache;
  private final ClusterFolder folder;
  private final Credentials credentials;

  KubeProxyProcess(Cache cache, ClusterFolder folder, Credentials credentials) {
    this.cache = cache;
    this.folder = folder;
    this.credentials = credentials;
  }

  Program start(Node node, KubeProxy.Mode mode) {
    return node.start(
        "kube-proxy",
        List.of(
            cache.program("kube-proxy").toString(),
            "--kubeconfig=" + credentials.kubeconfig("kube-proxy"),
            "--hostname-override=" + node.name(),
            "--proxy-mode=" + mode.flag(),
            "--cluster-cidr=" + String.join(",", Addresses.POD_RANGES),
            // The limit of connections belongs to the whole machine.
            "--conntrack-max-per-core=0"),
        pathFirst(mode));
  }

  void removeRules(Node node, KubeProxy.Mode mode) {
    Output output =
        node.execWith(pathFirst(mode), cache.program("kube-proxy").toString(), "--cleanup");
    if (!output.succeeded()) {
      throw new ClusterException(
          "kube-proxy --cleanup on " + node.name() + " failed: " + output.errors());
    }
  }

  private String pathFirst(KubeProxy.Mode mode) {
    return mode == KubeProxy.Mode.IPTABLES ? legacyTables().toString() : "";
  }

  /** A folder for PATH in which iptables means iptables-legacy. */
  private synchronized Path legacyTables() {
    for (String family : List.of("iptables", "ip6tables")) {
      for (String suffix : List.of("", "-save", "-restore")) {
        Path link = folder.file("iptables-legacy", family + suffix);
        Path target = Path.of("/usr/sbin", family + "-legacy" + suffix);
        try {
          // Nodes share the links; another one may have made them.
          if (!Files.isSymbolicLink(link)) {
            Files.createSymbolicLink(link, target);
          }
        } catch (IOException e) {
          throw new UncheckedIOException("cannot make " + link, e);
        }
      }
    }
    return folder.path().resolve("iptables-legacy");
  }
}
