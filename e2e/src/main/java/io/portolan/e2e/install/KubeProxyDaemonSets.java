package io.portolan.e2e.install;

import io.fabric8.kubernetes.api.model.Pod;
import io.portolan.e2e.cluster.Addresses;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterOptions;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Output;
import io.portolan.e2e.cluster.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * kube-proxy as kubeadm installs it, but with a DaemonSet for each mode, since kubeadm's has one
 * for all nodes.
 */
public final class KubeProxyDaemonSets {
  /** With this label a node is taken over, and kube-proxy's DaemonSets keep off it. */
  public static final String TAKEOVER = "portolan.io/takeover";

  private static final String NAMESPACE = "kube-system";
  private static final String VARIANT = "e2e.portolan.io/kube-proxy";
  private static final String SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";
  private static final Duration BOUND = Duration.ofMinutes(2);

  private static final Pattern WRITTEN =
      Pattern.compile(
          "^kubeproxy_sync_proxy_rules_last_timestamp_seconds\\{.*} [1-9].*", Pattern.MULTILINE);

  /** How kube-proxy programs a node. */
  public enum Variant {
    /** nft. */
    NFTABLES("kube-proxy", "nftables", SYSTEM_PATH),
    /** iptables by the nft binaries, as upstream's image chooses when kubelet's rules are there. */
    IPTABLES_NFT("kube-proxy-iptables-nft", "iptables", SYSTEM_PATH),
    /** iptables by the legacy binaries. */
    IPTABLES_LEGACY("kube-proxy-iptables-legacy", "iptables", "/opt/legacy:" + SYSTEM_PATH);

    private final String daemonSet;
    private final String mode;
    private final String path;

    Variant(String daemonSet, String mode, String path) {
      this.daemonSet = daemonSet;
      this.mode = mode;
      this.path = path;
    }

    /** Name of its DaemonSet in kube-system, and of the ConfigMap. */
    public String daemonSet() {
      return daemonSet;
    }
  }

  private final Cluster cluster;
  private final Kubectl kubectl;

  private KubeProxyDaemonSets(Cluster cluster) {
    this.cluster = cluster;
    this.kubectl = new Kubectl(cluster);
  }

  /** The options of a cluster that has kube-proxy's image. */
  public static ClusterOptions image(ClusterOptions options) {
    return options.withImage(archive(options));
  }

  private static Path archive(ClusterOptions options) {
    return options.cache().image("kube-proxy");
  }

  /**
   * Installs those that are asked for and waits until they serve.
   *
   * @param variants by the number of the node, 1 is the first; a node that is not in it has none
   */
  public static KubeProxyDaemonSets on(Cluster cluster, Map<Integer, Variant> variants) {
    var proxies = new KubeProxyDaemonSets(cluster);
    proxies.kubectl.apply(resource("kube-proxy.yaml"));
    variants.forEach(
        (number, variant) ->
            proxies.kubectl.run(
                "label",
                "node",
                cluster.node(number).name(),
                "--overwrite",
                VARIANT + "=" + variant.daemonSet));
    for (Variant variant : new TreeSet<>(variants.values())) {
      proxies.kubectl.apply(proxies.manifest(variant));
    }
    variants.keySet().forEach(number -> proxies.waitServing(cluster.node(number)));
    return proxies;
  }

  private String manifest(Variant variant) {
    String template = resource("kube-proxy-daemonset.yaml");
    return template
        .replace("__NAME__", variant.daemonSet)
        .replace("__MODE__", variant.mode)
        .replace("__PATH__", variant.path)
        .replace("__IMAGE__", imageName())
        .replace("__POD_RANGES__", String.join(",", Addresses.POD_RANGES))
        .replace("__API_SERVER__", cluster.apiServer());
  }

  /** The image is tagged with the version that all of the cluster's programs have. */
  private String imageName() {
    return "registry.k8s.io/kube-proxy:" + cluster.client().getKubernetesVersion().getGitVersion();
  }

  /** The Pods on a node, also those that are ending. */
  public List<Pod> pods(Node node) {
    return cluster
        .client()
        .pods()
        .inNamespace(NAMESPACE)
        .withLabel("k8s-app", "kube-proxy")
        .withField("spec.nodeName", node.name())
        .list()
        .getItems();
  }

  /** Sets the label that keeps the DaemonSets off the node, without waiting. */
  public void keepOff(Node node) {
    kubectl.run("label", "node", node.name(), "--overwrite", TAKEOVER + "=kube-proxy");
  }

  /** Takes the label away again, without waiting. */
  public void letIn(Node node) {
    kubectl.run("label", "node", node.name(), TAKEOVER + "-");
  }

  /** Waits until the node has no Pod of kube-proxy, not even one that is ending. */
  public void waitGone(Node node) {
    Waiting.on("the end of kube-proxy on " + node.name(), BOUND)
        .until(
            () ->
                pods(node).isEmpty() ? Optional.empty() : Optional.of(pods(node).size() + " Pods"));
  }

  /** Waits until the node's kube-proxy has written its rules of both families. */
  public void waitServing(Node node) {
    Waiting.on("kube-proxy on " + node.name(), BOUND)
        .until(
            () -> {
              if (pods(node).size() != 1) {
                return Optional.of(pods(node).size() + " Pods");
              }
              // Not its healthz port, at which Portolan's agent may answer.
              Output metrics =
                  node.execInNetwork("curl", "-fsS", "-m", "5", "http://127.0.0.1:10249/metrics");
              long families = WRITTEN.matcher(metrics.text()).results().count();
              return families == 2
                  ? Optional.empty()
                  : Optional.of(families + " families written, " + metrics.errors().strip());
            });
  }

  private static String resource(String name) {
    try (var in = Objects.requireNonNull(KubeProxyDaemonSets.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
