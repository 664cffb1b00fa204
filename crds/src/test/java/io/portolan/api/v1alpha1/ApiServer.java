package io.portolan.api.v1alpha1;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A real etcd and kube-apiserver with our definitions, one for all test classes of the run. A test
 * takes it as a parameter of type {@link ApiServer}.
 */
final class ApiServer implements AutoCloseable {
  /**
   * Keys and certificates are made anew each time: they would be used after their end otherwise.
   */
  private static final List<String> CERTIFICATES =
      List.of("apiserver.crt", "apiserver.key", "client.crt", "client.key");

  private static final int START_TIMEOUT_MS = 120_000;
  private static final int KUBECTL_TIMEOUT_S = 60;

  private final KubeAPIServer server;
  private final KubernetesClient client;
  private final Path binaries;
  private final Path kubeconfig;

  private ApiServer() throws IOException {
    var binaryFolder = cache().resolve("kube-api-test").resolve("k8s");
    if (!Files.isDirectory(binaryFolder)) {
      throw new IllegalStateException(
          "no kube-apiserver in " + binaryFolder + ": run scripts/prepare.sh, or `make test`");
    }
    binaries = onlyEntry(binaryFolder);
    // A folder of our own beside the shared binaries: other runs have certificates of their own.
    var folder = Files.createDirectories(Path.of("target", "kube-api-test").toAbsolutePath());
    for (var file : CERTIFICATES) {
      Files.deleteIfExists(folder.resolve(file));
    }
    Files.deleteIfExists(folder.resolve("k8s"));
    Files.createSymbolicLink(folder.resolve("k8s"), binaryFolder);
    server =
        new KubeAPIServer(
            KubeAPIServerConfigBuilder.anAPIServerConfig()
                .withTestDir(folder.toString())
                .withOfflineMode(true)
                .withUpdateKubeConfig(false)
                .withWaitForEtcdHealthCheckOnStartup(true)
                .withStartupTimeout(START_TIMEOUT_MS)
                .build());
    try {
      server.start();
    } catch (RuntimeException e) {
      server.stop();
      throw e;
    }
    kubeconfig = Files.writeString(folder.resolve("kubeconfig"), server.getKubeConfigYaml());
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(server.getKubeConfigYaml()))
            .build();
    for (var file : List.of("proxyconfigs", "nodeproxies")) {
      apply(CrdYaml.FOLDER.resolve(file + ".portolan.io-v1.yml"));
      kubectl(
          "wait", "--for=condition=Established", "--timeout=30s", "crd/" + file + ".portolan.io");
    }
  }

  KubernetesClient client() {
    return client;
  }

  /** What {@code kubectl apply} prints; its error output when it refuses. */
  Output apply(Path file) {
    return kubectl("apply", "-f", file.toAbsolutePath().toString());
  }

  /** Runs the real kubectl against this server. */
  Output kubectl(String... arguments) {
    var command = new ArrayList<String>();
    command.add(binaries.resolve("kubectl").toString());
    command.add("--kubeconfig=" + kubeconfig);
    command.addAll(List.of(arguments));
    try {
      var output = Files.createTempFile(kubeconfig.getParent(), "kubectl", ".out");
      try {
        var process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(KUBECTL_TIMEOUT_S, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new IllegalStateException(
              "waited " + KUBECTL_TIMEOUT_S + " s for " + String.join(" ", command));
        }
        return new Output(
            process.exitValue(), Files.readString(output, StandardCharsets.UTF_8).strip());
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot run " + String.join(" ", command), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + String.join(" ", command), e);
    }
  }

  @Override
  public void close() {
    client.close();
    server.stop();
  }

  private static Path cache() {
    var property = System.getProperty("portolan.cache");
    if (property != null) {
      return Path.of(property);
    }
    var variable = System.getenv("PORTOLAN_CACHE");
    if (variable != null) {
      return Path.of(variable);
    }
    var xdg = System.getenv("XDG_CACHE_HOME");
    return (xdg == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg))
        .resolve("portolan");
  }

  private static Path onlyEntry(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      var found = entries.toList();
      if (found.size() != 1) {
        throw new IllegalStateException("expected one version in " + folder + ": " + found);
      }
      return found.getFirst();
    }
  }

  /** The end of a program: its exit code and what it wrote, standard and error output together. */
  record Output(int exit, String text) {}

  /**
   * Gives the server to tests; started for the first one, stopped after the last one of the run.
   */
  static final class Extension implements ParameterResolver {
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
