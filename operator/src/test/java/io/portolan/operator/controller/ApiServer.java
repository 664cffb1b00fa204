package io.portolan.operator.controller;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A real etcd and kube-apiserver with our definitions and the manifests of the installation, one
 * for all test classes of the run. No controller runs: no garbage is collected, no DaemonSet makes
 * Pods.
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
      install(client);
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

  private KubernetesClient newClient() {
    return new KubernetesClientBuilder()
        .withConfig(Config.fromKubeconfig(server.getKubeConfigYaml()))
        .build();
  }

  /** A client that may do what this service account of ours may do, and no more. */
  KubernetesClient actingAs(String serviceAccount, Map<String, List<String>> extra) {
    Config config = Config.fromKubeconfig(server.getKubeConfigYaml());
    config.setImpersonateUsername("system:serviceaccount:" + NAMESPACE + ":" + serviceAccount);
    config.setImpersonateGroups("system:serviceaccounts", "system:authenticated");
    config.setImpersonateExtras(extra);
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  /** Applies the manifests of the installation, as a user does. */
  private static void install(KubernetesClient client) throws IOException {
    try (var files = Files.list(Path.of("..", "charts", "manifests"))) {
      for (Path file : files.sorted().toList()) {
        String yaml =
            Files.readString(file)
                .replace("__API_SERVER_HOST__", "192.0.2.1")
                .replace("__API_SERVER_PORT__", "6443");
        client
            .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
            .serverSideApply();
      }
    }
  }

  private void define(String plural) throws IOException {
    var file = "/META-INF/fabric8/" + plural + ".portolan.io-v1.yml";
    try (InputStream yaml = Objects.requireNonNull(getClass().getResourceAsStream(file), file)) {
      CustomResourceDefinition definition =
          client.apiextensions().v1().customResourceDefinitions().load(yaml).create();
      client.resource(definition).waitUntilCondition(ApiServer::established, 30, TimeUnit.SECONDS);
    }
  }

  private static boolean established(@Nullable CustomResourceDefinition definition) {
    return definition != null
        && definition.getStatus() != null
        && definition.getStatus().getConditions() != null
        && definition.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True"));
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
