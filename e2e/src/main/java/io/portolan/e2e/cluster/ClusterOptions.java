package io.portolan.e2e.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a cluster shall be. Two equal values can share one cluster.
 *
 * @param nodes how many, 1 to 9
 * @param kubeProxy where upstream's kube-proxy runs from the start
 * @param images archives that each node's containerd gets, besides pause and echo
 * @param purpose who uses it: decides who may take its place
 * @param cache where programs and images are
 * @param folder everything of the cluster; made by the start and deleted by the end
 */
public record ClusterOptions(
    int nodes, KubeProxy kubeProxy, List<Path> images, Purpose purpose, Cache cache, Path folder) {
  /** Who uses the cluster. */
  public enum Purpose {
    /** Ends with the JVM that started it. */
    TEST,
    /** May be left running for a person to use. */
    DEMO
  }

  /** Checks the bounds and keeps immutable copies. */
  public ClusterOptions {
    if (nodes < 1 || nodes > 9) {
      throw new IllegalArgumentException("nodes must be 1 to 9, not " + nodes);
    }
    if (kubeProxy.nodes().stream().anyMatch(number -> number < 1 || number > nodes)) {
      throw new IllegalArgumentException("no such node for kube-proxy: " + kubeProxy.nodes());
    }
    images = images.stream().map(Path::toAbsolutePath).toList();
  }

  /** Three nodes, no kube-proxy, for a test. */
  public static ClusterOptions defaults() {
    Cache cache = Cache.inForce();
    return new ClusterOptions(
        3, KubeProxy.NONE, List.of(), Purpose.TEST, cache, cache.folder().resolve("cluster"));
  }

  /** The same with another number of nodes. */
  public ClusterOptions withNodes(int number) {
    return new ClusterOptions(number, kubeProxy, images, purpose, cache, folder);
  }

  /** The same with kube-proxy elsewhere. */
  public ClusterOptions withKubeProxy(KubeProxy proxies) {
    return new ClusterOptions(nodes, proxies, images, purpose, cache, folder);
  }

  /** The same with one more image archive ({@code docker save} or OCI layout, a tar). */
  public ClusterOptions withImage(Path archive) {
    List<Path> more = Stream.concat(images.stream(), Stream.of(archive)).toList();
    return new ClusterOptions(nodes, kubeProxy, more, purpose, cache, folder);
  }

  /** The same for another purpose. */
  public ClusterOptions withPurpose(Purpose other) {
    return new ClusterOptions(nodes, kubeProxy, images, other, cache, folder);
  }

  /** The same in another folder, which must be absent or empty. */
  public ClusterOptions withFolder(Path other) {
    return new ClusterOptions(
        nodes, kubeProxy, images, purpose, cache, other.toAbsolutePath().normalize());
  }
}
