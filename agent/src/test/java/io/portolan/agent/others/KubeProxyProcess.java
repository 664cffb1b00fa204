package io.portolan.agent.others;

import io.portolan.agent.kernel.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real kube-proxy in a network namespace. */
final class KubeProxyProcess implements AutoCloseable {
  private static final Path PROGRAM =
      Path.of(
          System.getProperty(
              "portolan.cache", System.getProperty("user.home") + "/.cache/portolan"),
          "bin/kube-proxy");

  private final Process process;
  private final Path log;

  private KubeProxyProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts it.
   *
   * @param backend whose iptables it finds first, {@code legacy} or {@code nft}
   * @param folder for its files
   */
  static KubeProxyProcess start(
      NetworkNamespace node, Path kubeconfig, String mode, String backend, Path folder)
      throws IOException {
    Path programs = Files.createTempDirectory(folder, "programs");
    for (String name : List.of("iptables", "ip6tables")) {
      for (String action : List.of("", "-save", "-restore")) {
        Files.createSymbolicLink(
            programs.resolve(name + action), Path.of("/usr/sbin", name + "-" + backend + action));
      }
    }
    Path log = Files.createTempFile(folder, "kube-proxy", ".log");
    var builder =
        new ProcessBuilder(
                "ip",
                "netns",
                "exec",
                node.name(),
                PROGRAM.toString(),
                "--kubeconfig=" + kubeconfig,
                "--proxy-mode=" + mode,
                "--hostname-override=n0",
                "--conntrack-max-per-core=0",
                "--conntrack-min=0",
                "--conntrack-tcp-timeout-established=0s",
                "--conntrack-tcp-timeout-close-wait=0s",
                "--iptables-min-sync-period=100ms",
                "--detect-local-mode=ClusterCIDR",
                "--cluster-cidr=10.1.0.0/16,fd01::/48")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("PATH", programs + ":/usr/sbin:/usr/bin:/sbin:/bin");
    return new KubeProxyProcess(builder.start(), log);
  }

  /** Its last words, for people. */
  String log() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Kills it, as by a crash. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        throw new AssertionError("kube-proxy has not ended within 30 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
