package io.portolan.operator.controller;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A real etcd and kube-apiserver with our definitions and the namespace of the agents, one for all
 * test classes of the run. No controller runs: no garbage is collected, no DaemonSet makes Pods.
 */
public final class ApiServer implements AutoCloseable {
  static final String NAMESPACE = "portolan-system";

  private final KubeAPIServer server;
  private final KubernetesClient client;

  private ApiServer() throws IOException {
    Path binaries = cache().resolve("kube-api-test").resolve("k8s");
    if (!Files.isDirectory(binaries)) {
      throw new IllegalStateException(
          "no kube-apiserver in " + binaries + ": run scripts/prepare.sh, or `make test`");
    }
    // A folder of our own: the certificates made there must not be older than they may be.
    Path folder = Files.createDirectories(Path.of("target", "kube-api-test").toAbsolutePath());
    for (var file : List.of("apiserver.crt", "apiserver.key", "client.crt", "client.key")) {
      Files.deleteIfExists(folder.resolve(file));
    }
    Files.deleteIfExists(folder.resolve("k8s"));
    Files.createSymbolicLink(folder.resolve("k8s"), binaries);
    server =
        new KubeAPIServer(
            KubeAPIServerConfigBuilder.anAPIServerConfig()
                .withTestDir(folder.toString())
                .withOfflineMode(true)
                .withUpdateKubeConfig(false)
                .withWaitForEtcdHealthCheckOnStartup(true)
                .withStartupTimeout(120_000)
                .build());
    try {
      server.start();
      client = newClient();
      for (var plural : List.of("proxyconfigs", "nodeproxies")) {
        define(plural);
      }
      client
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build())
          .create();
    } catch (RuntimeException e) {
      server.stop();
      throw e;
    }
  }

  KubernetesClient client() {
    return client;
  }

  /** The way in for another process: a kubeconfig with all rights. */
  public String kubeconfig() {
    return server.getKubeConfigYaml();
  }

  KubernetesClient newClient() {
    return new KubernetesClientBuilder()
        .withConfig(Config.fromKubeconfig(server.getKubeConfigYaml()))
        .build();
  }

  private void define(String plural) throws IOException {
    var file = "/META-INF/fabric8/" + plural + ".portolan.io-v1.yml";
    try (InputStream yaml = Objects.requireNonNull(getClass().getResourceAsStream(file), file)) {
      CustomResourceDefinition definition =
          client.apiextensions().v1().customResourceDefinitions().load(yaml).create();
      client
          .resource(definition)
          .waitUntilCondition(
              d ->
                  d != null
                      && d.getStatus() != null
                      && d.getStatus().getConditions().stream()
                          .anyMatch(
                              c ->
                                  c.getType().equals("Established")
                                      && c.getStatus().equals("True")),
              30,
              TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    client.close();
    server.stop();
  }

  private static Path cache() {
    String property = System.getProperty("portolan.cache");
    if (property != null) {
      return Path.of(property);
    }
    String variable = System.getenv("PORTOLAN_CACHE");
    if (variable != null) {
      return Path.of(variable);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    return (xdg == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg))
        .resolve("portolan");
  }

  /** Starts the server for the first test that takes it, and ends it after the last of the run. */
  public static final class Extension implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType().equals(ApiServer.class);
    }

    @Override
    public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.create(ApiServer.class))
          .computeIfAbsent(ApiServer.class, ignored -> started(), ApiServer.class);
    }

    private static ApiServer started() {
      try {
        return new ApiServer();
      } catch (IOException e) {
        throw new IllegalStateException("cannot start an API server", e);
      }
    }
  }
}
