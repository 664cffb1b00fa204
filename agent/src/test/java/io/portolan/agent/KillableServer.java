package io.portolan.agent;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.portolan.api.testing.ApiServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A second API server on the etcd of the test's own, which stays: this one is for the agent, and
 * the test can kill it and start it again.
 */
public final class KillableServer implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);

  private final ApiServer first;
  private final List<String> command;
  private final int port;
  private @Nullable Process process;

  /**
   * Starts it beside the server of the test.
   *
   * @param flags that it has besides those of the test's server, or in place of the same
   */
  public KillableServer(ApiServer first, String... flags) throws IOException {
    this.first = first;
    command = new ArrayList<>(commandOf("kube-apiserver"));
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    command.set(command.indexOf("--secure-port") + 1, Integer.toString(port));
    command.addAll(List.of(flags));
    try {
      start();
    } catch (IOException | RuntimeException | AssertionError e) {
      kill();
      throw e;
    }
  }

  /** A client with the settings of the real agent. */
  public KubernetesClient client() {
    return client(port);
  }

  /**
   * A client with the settings of the real agent.
   *
   * @param through a port of the loopback device that leads to this server
   */
  public KubernetesClient client(int through) {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(first.config())
                .withMasterUrl("https://127.0.0.1:" + through)
                .withHttp2Disable(true)
                .withWatchReconnectInterval(300)
                .withRequestRetryBackoffLimit(2)
                .build())
        .build();
  }

  /** A kubeconfig file for the real agent. */
  Path kubeconfig() throws IOException {
    String yaml = first.kubeconfig().replaceAll("server: .*", "server: https://127.0.0.1:" + port);
    return Files.writeString(first.folder().resolve("agent.kubeconfig"), yaml);
  }

  /** Its port on the loopback device. */
  public int port() {
    return port;
  }

  /** Starts it and waits until it answers. */
  public void start() throws IOException {
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(first.folder().resolve("agents-kube-apiserver.log").toFile())
            .start();
    try (KubernetesClient client = client()) {
      Eventually.holds(
          START,
          () -> {
            if (!"ok".equals(client.raw("/readyz"))) {
              throw new AssertionError("the agent's kube-apiserver is not ready");
            }
          });
    }
  }

  /** Kills it; nothing if it does not run. */
  public void kill() {
    Process running = process;
    process = null;
    if (running != null) {
      running.destroyForcibly();
      try {
        if (!running.waitFor(30, TimeUnit.SECONDS)) {
          throw new IllegalStateException("waited 30 s for the end of " + running);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    kill();
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
}
