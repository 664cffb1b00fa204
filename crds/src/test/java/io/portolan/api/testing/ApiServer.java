package io.portolan.api.testing;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.portolan.api.v1alpha1.ProxyConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * A real etcd and kube-apiserver that serves our definitions. No controller runs: no garbage is
 * collected, no DaemonSet makes Pods. One at a time in a module: its folder is {@code
 * target/kube-api-test}.
 */
public final class ApiServer implements AutoCloseable {
  /**
   * Keys and certificates are made anew each time: they would be used after their end otherwise.
   */
  private static final List<String> CERTIFICATES =
      List.of("apiserver.crt", "apiserver.key", "client.crt", "client.key");

  private static final int START_TIMEOUT_MS = 120_000;

  private final KubeAPIServer server;
  private final Path folder;
  private final Kubectl kubectl;
  private final KubernetesClient client;

  private ApiServer(KubeAPIServer server, Path folder, Path binaries) throws IOException {
    this.server = server;
    this.folder = folder;
    kubectl =
        new Kubectl(
            binaries.resolve("kubectl"),
            Files.writeString(folder.resolve("kubeconfig"), server.getKubeConfigYaml()));
    client = new KubernetesClientBuilder().withConfig(config()).build();
  }

  /**
   * Starts one that its caller closes.
   *
   * @param flags of the server, beside its usual ones and instead of these, such as {@code
   *     --max-requests-inflight=10}
   * @throws IllegalStateException if scripts/prepare.sh has not run, or a definition is refused
   * @throws IOException if its folder cannot be made
   */
  public static ApiServer start(String... flags) throws IOException {
    var binaries = cache().resolve("kube-api-test").resolve("k8s");
    if (!Files.isDirectory(binaries)) {
      throw new IllegalStateException(
          "no kube-apiserver in " + binaries + ": run scripts/prepare.sh, or `make test`");
    }
    // A folder of our own beside the shared binaries: other runs have certificates of their own.
    var folder = Files.createDirectories(Path.of("target", "kube-api-test").toAbsolutePath());
    for (var file : CERTIFICATES) {
      Files.deleteIfExists(folder.resolve(file));
    }
    provide(binaries, folder.resolve("k8s"), flags);
    var server =
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
      var started = new ApiServer(server, folder, onlyEntry(binaries));
      started.define("proxyconfigs");
      started.define("nodeproxies");
      return started;
    } catch (IOException | RuntimeException e) {
      server.stop();
      throw e;
    }
  }

  /** A client with all rights; closed with the server. */
  public KubernetesClient client() {
    return client;
  }

  /** The settings of a client with all rights, as a new object that may be changed. */
  public Config config() {
    return Config.fromKubeconfig(kubeconfig());
  }

  /** The way in for another process: the YAML of a kubeconfig with all rights. */
  public String kubeconfig() {
    return server.getKubeConfigYaml();
  }

  /** The real kubectl, with all rights. */
  public Kubectl kubectl() {
    return kubectl;
  }

  /** Where the files of this server are, and those of a test about it may be. */
  public Path folder() {
    return folder;
  }

  @Override
  public void close() {
    client.close();
    server.stop();
  }

  /** Puts the programs where they are looked for; the usual flags would come after others. */
  private static void provide(Path binaries, Path place, String... flags) throws IOException {
    if (Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
      try (var files = Files.walk(place)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    Files.deleteIfExists(place);
    if (flags.length == 0) {
      Files.createSymbolicLink(place, binaries);
      return;
    }
    var version = onlyEntry(binaries);
    var copy = Files.createDirectories(place.resolve(version.getFileName()));
    for (var program : List.of("etcd", "kubectl")) {
      Files.createSymbolicLink(copy.resolve(program), version.resolve(program));
    }
    var script =
        "#!/bin/sh\nexec '%s' \"$@\" '%s'\n"
            .formatted(version.resolve("kube-apiserver"), String.join("' '", flags));
    var server = Files.writeString(copy.resolve("kube-apiserver"), script);
    Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Applies a definition as a user does, from the jar or folder that the module tests with. */
  private void define(String plural) throws IOException {
    var name = plural + ".portolan.io";
    var resource = "/META-INF/fabric8/" + name + "-v1.yml";
    var file = folder.resolve(name + ".yml");
    try (var yaml =
        Objects.requireNonNull(ProxyConfig.class.getResourceAsStream(resource), resource)) {
      Files.write(file, yaml.readAllBytes());
    }
    kubectl.succeed("apply", "-f", file.toString());
    kubectl.succeed("wait", "--for=condition=Established", "--timeout=30s", "crd/" + name);
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

  /** Gives tests a parameter of type {@link ApiServer}. */
  public static final class Extension extends OncePerRun<ApiServer> {
    Extension() {
      super(ApiServer.class, () -> ApiServer.start());
    }
  }
}
