package io.portolan.agent;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real etcd with two real API servers: one for the test, which stays, and one for the agent, that
 * the test can kill and start again.
 */
final class ApiServer implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);

  private final KubeAPIServer server;
  private final Path folder;
  private final List<String> command;
  private final int agentPort;
  private @Nullable Process forAgent;

  private ApiServer(KubeAPIServer server, Path folder) throws IOException {
    this.server = server;
    this.folder = folder;
    command = new ArrayList<>(commandOf("kube-apiserver"));
    try (var free = new ServerSocket(0)) {
      agentPort = free.getLocalPort();
    }
    command.set(command.indexOf("--secure-port") + 1, Integer.toString(agentPort));
  }

  static ApiServer start() throws IOException {
    Path binaries = cache().resolve("kube-api-test").resolve("k8s");
    if (!Files.isDirectory(binaries)) {
      throw new IllegalStateException(
          "no kube-apiserver in " + binaries + ": run scripts/prepare.sh, or `make test`");
    }
    // A folder of our own beside the shared binaries: other runs have certificates of their own.
    Path folder = Files.createDirectories(Path.of("target", "kube-api-test").toAbsolutePath());
    for (String file : List.of("apiserver.crt", "apiserver.key", "client.crt", "client.key")) {
      Files.deleteIfExists(folder.resolve(file));
    }
    Files.deleteIfExists(folder.resolve("k8s"));
    Files.createSymbolicLink(folder.resolve("k8s"), binaries);
    var server =
        new KubeAPIServer(
            KubeAPIServerConfigBuilder.anAPIServerConfig()
                .withTestDir(folder.toString())
                .withOfflineMode(true)
                .withUpdateKubeConfig(false)
                .withWaitForEtcdHealthCheckOnStartup(true)
                .withStartupTimeout((int) START.toMillis())
                .build());
    try {
      server.start();
      var started = new ApiServer(server, folder);
      try (KubernetesClient client = started.client()) {
        started.install(client, "nodeproxies");
      }
      started.startAgents();
      return started;
    } catch (RuntimeException | IOException e) {
      server.stop();
      throw e;
    }
  }

  /** A client of the server that stays. */
  KubernetesClient client() {
    return new KubernetesClientBuilder()
        .withConfig(Config.fromKubeconfig(server.getKubeConfigYaml()))
        .build();
  }

  /** A client of the agent's server, with the settings of the real agent. */
  KubernetesClient agentClient() {
    Config config = Config.fromKubeconfig(server.getKubeConfigYaml());
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(config)
                .withMasterUrl("https://127.0.0.1:" + agentPort)
                .withWatchReconnectInterval(300)
                .withRequestRetryBackoffLimit(2)
                .build())
        .build();
  }

  /** A kubeconfig file for the agent's server. */
  Path agentKubeconfig() throws IOException {
    String yaml =
        server
            .getKubeConfigYaml()
            .replaceAll("server: .*", "server: https://127.0.0.1:" + agentPort);
    return Files.writeString(folder.resolve("agent.kubeconfig"), yaml);
  }

  /** The port of the agent's server on the loopback device. */
  int agentPort() {
    return agentPort;
  }

  /** Starts the agent's server and waits until it answers. */
  void startAgents() throws IOException {
    forAgent =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("agents-kube-apiserver.log").toFile())
            .start();
    try (KubernetesClient client = agentClient()) {
      Eventually.holds(
          START,
          () -> {
            if (!"ok".equals(client.raw("/readyz"))) {
              throw new AssertionError("the agent's kube-apiserver is not ready");
            }
          });
    }
  }

  /** Kills the agent's server. */
  void killAgents() {
    Process process = forAgent;
    forAgent = null;
    if (process != null) {
      process.destroyForcibly();
      try {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
          throw new IllegalStateException("waited 30 s for the end of " + process);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    killAgents();
    server.stop();
  }

  private void install(KubernetesClient client, String plural) throws IOException {
    try (InputStream yaml =
        Objects.requireNonNull(
            ApiServer.class.getResourceAsStream(
                "/META-INF/fabric8/" + plural + ".portolan.io-v1.yml"))) {
      client.load(yaml).serverSideApply();
    }
    Eventually.holds(
        Duration.ofSeconds(30),
        () -> client.genericKubernetesResources("portolan.io/v1alpha1", "NodeProxy").list());
  }

  private static List<String> commandOf(String program) throws IOException {
    for (ProcessHandle child : ProcessHandle.current().children().toList()) {
      String line = Files.readString(Path.of("/proc", Long.toString(child.pid()), "cmdline"));
      List<String> words = List.of(line.split("\0", -1));
      if (words.getFirst().endsWith("/" + program)) {
        return words.subList(0, words.size() - 1);
      }
    }
    throw new IllegalStateException("no child process runs " + program);
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
}
