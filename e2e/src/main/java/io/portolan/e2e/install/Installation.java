package io.portolan.e2e.install;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterOptions;
import io.portolan.e2e.cluster.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Portolan on a cluster, installed from the files that a user installs it from. */
public final class Installation {
  /** Where operator and agents run. */
  public static final String NAMESPACE = "portolan-system";

  private static final Duration OPERATOR = Duration.ofMinutes(2);

  private final Cluster cluster;
  private final Kubectl kubectl;

  private Installation(Cluster cluster) {
    this.cluster = cluster;
    this.kubectl = new Kubectl(cluster);
  }

  /** The options of a cluster that has the images of operator and agent, as the build left them. */
  public static ClusterOptions images(ClusterOptions options) {
    return options
        .withImage(root().resolve("operator/target/jib-image.tar"))
        .withImage(root().resolve("agent/target/jib-image.tar"));
  }

  /** Applies CRDs and manifests, and waits until both operator replicas are available. */
  public static Installation on(Cluster cluster) {
    var installation = new Installation(cluster);
    installation.applyCrds();
    installation.applyManifests();
    installation.waitForOperator();
    return installation;
  }

  public Cluster cluster() {
    return cluster;
  }

  public Kubectl kubectl() {
    return kubectl;
  }

  public KubernetesClient client() {
    return cluster.client();
  }

  /** Text of a file of the checkout, by its path from the top. */
  public static String file(String path) {
    return read(root().resolve(path));
  }

  /** The ProxyConfig as the API server has it; null when there is none of this name. */
  public @Nullable ProxyConfig proxyConfig(String name) {
    return client().resources(ProxyConfig.class).withName(name).get();
  }

  /** Merges JSON into a ProxyConfig, as {@code kubectl patch --type=merge} does. */
  public void patch(String name, String json) {
    kubectl.run("patch", "pxc", name, "--type=merge", "-p", json);
  }

  /** All NodeProxies. */
  public List<NodeProxy> nodeProxies() {
    return client().resources(NodeProxy.class).list().getItems();
  }

  /**
   * Waits until the ProxyConfig is Ready for its present generation, and not reconciling any more.
   *
   * @return its status then
   */
  public ProxyConfigStatus waitReady(String name, Duration bound) {
    Waiting.on("ProxyConfig " + name + " Ready=True at its generation", bound)
        .until(() -> notReady(proxyConfig(name)));
    return Objects.requireNonNull(Objects.requireNonNull(proxyConfig(name)).getStatus());
  }

  /** Waits until every node has a NodeProxy that is Ready at this revision. */
  public void waitNodesReady(int nodes, Duration bound) {
    Waiting.on(nodes + " NodeProxies Ready=True at the revision of their spec", bound)
        .until(
            () -> {
              List<NodeProxy> all = nodeProxies();
              long ready = all.stream().filter(Installation::serves).count();
              return ready == nodes
                  ? Optional.empty()
                  : Optional.of(ready + " of " + all.size() + " NodeProxies are ready");
            });
  }

  /** Whether the node reports Ready at the revision and generation of its spec. */
  public static boolean serves(NodeProxy node) {
    var status = node.getStatus();
    return status != null
        && node.getSpec().revision().equals(status.revision())
        && node.getMetadata().getGeneration().equals(status.observedGeneration())
        && condition(status.conditions(), "Ready")
            .map(c -> c.getStatus().equals("True"))
            .orElse(false);
  }

  /** The condition of this type. */
  public static Optional<Condition> condition(@Nullable List<Condition> conditions, String type) {
    return conditions == null
        ? Optional.empty()
        : conditions.stream().filter(c -> c.getType().equals(type)).findFirst();
  }

  private static Optional<String> notReady(@Nullable ProxyConfig config) {
    if (config == null || config.getStatus() == null) {
      return Optional.of("no status");
    }
    var status = config.getStatus();
    if (!config.getMetadata().getGeneration().equals(status.observedGeneration())) {
      return Optional.of(
          "observedGeneration "
              + status.observedGeneration()
              + " of "
              + config.getMetadata().getGeneration());
    }
    if (condition(status.conditions(), "Reconciling").isPresent()) {
      return condition(status.conditions(), "Reconciling").map(Condition::getMessage);
    }
    return condition(status.conditions(), "Ready")
        .filter(c -> !c.getStatus().equals("True"))
        .map(c -> c.getReason() + ": " + c.getMessage());
  }

  private void applyCrds() {
    for (String name : List.of("proxyconfigs", "nodeproxies")) {
      kubectl.apply(
          file("crds/src/main/resources/META-INF/fabric8/" + name + ".portolan.io-v1.yml"));
    }
    kubectl.run(
        "wait",
        "--for=condition=Established",
        "--timeout=30s",
        "crd/proxyconfigs.portolan.io",
        "crd/nodeproxies.portolan.io");
  }

  private void applyManifests() {
    URI apiServer = URI.create(cluster.apiServer());
    try (Stream<Path> files = Files.list(root().resolve("charts/manifests"))) {
      files
          .filter(f -> f.toString().endsWith(".yaml"))
          .sorted()
          .forEach(
              f ->
                  kubectl.apply(
                      read(f)
                          .replace("__API_SERVER_HOST__", apiServer.getHost())
                          .replace("__API_SERVER_PORT__", Integer.toString(apiServer.getPort()))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void waitForOperator() {
    Waiting.on("both replicas of the operator", OPERATOR)
        .until(
            () -> {
              var status =
                  client()
                      .apps()
                      .deployments()
                      .inNamespace(NAMESPACE)
                      .withName("portolan-operator")
                      .get()
                      .getStatus();
              Integer available = status == null ? null : status.getAvailableReplicas();
              return available != null && available >= 2
                  ? Optional.empty()
                  : Optional.of((available == null ? 0 : available) + " of 2 available");
            });
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    while (here != null && !Files.exists(here.resolve("mvnw"))) {
      here = here.getParent();
    }
    if (here == null) {
      throw new IllegalStateException("not started within a checkout of Portolan");
    }
    return here;
  }
}
