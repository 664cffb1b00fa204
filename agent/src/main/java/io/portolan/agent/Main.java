package io.portolan.agent;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.dataplane.iptables.Backend;
import io.portolan.agent.dataplane.iptables.IptablesVariant;
import io.portolan.agent.dataplane.nftables.NftablesVariant;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.others.OtherProxies;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.sync.ConntrackCleaner;
import io.portolan.agent.sync.NodeTuning;
import io.portolan.api.v1alpha1.Versions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent of one node. Environment:
 *
 * <ul>
 *   <li>{@code NODE_NAME}: name of the Node; required
 *   <li>{@code KUBERNETES_SERVICE_HOST}, {@code KUBERNETES_SERVICE_PORT}: the API server, at an
 *       address that needs no proxy
 *   <li>{@code PORTOLAN_HTTP_PORT}: port of {@code /healthz}, {@code /livez} and {@code /metrics};
 *       default 10456; 10256 is kube-proxy's, and answered in its place while we serve alone
 *   <li>{@code PORTOLAN_PROBE_SERVICE}: {@code namespace/name} of the Service through which the
 *       agent connects to see whether Services work; without it nothing is measured
 *   <li>{@code PORTOLAN_SYSCTL_ROOT}: the node's {@code /proc/sys/net}, writable
 * </ul>
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    LogFormat.install();
    Logger log = LoggerFactory.getLogger(Main.class);
    Map<String, String> env = System.getenv();
    try {
      String nodeName = required(env, "NODE_NAME");
      int port = port(env.getOrDefault("PORTOLAN_HTTP_PORT", "10456"));
      Versions versions = new Versions(version(), System.getProperty("os.version"));
      KubernetesClient client = new KubernetesClientBuilder().withConfig(config()).build();
      var agent =
          new Agent(
              client,
              nodeName,
              variants(new Sysctl(sysctlRoot(env.get("PORTOLAN_SYSCTL_ROOT")))),
              OtherProxies::new,
              ConntrackCleaner::open,
              tuning(env),
              versions,
              probeService(env.get("PORTOLAN_PROBE_SERVICE")),
              port);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    log.info("ends; the kernel keeps its state");
                    agent.close();
                    client.close();
                  },
                  "shutdown"));
      log.info(
          "agent {} of node {}, kernel {}, API server {}, port {}",
          versions.agent(),
          nodeName,
          versions.kernel(),
          client.getMasterUrl(),
          agent.httpPort());
    } catch (RuntimeException e) {
      log.error("cannot start: {}", e.getMessage());
      System.exit(1);
    }
  }

  /** Every way to program the kernel, the best first. */
  private static List<Variant> variants(Sysctl sysctl) {
    return List.of(
        new NftablesVariant(),
        new IptablesVariant(Backend.NFT, sysctl),
        new IptablesVariant(Backend.LEGACY, sysctl));
  }

  private static Config config() {
    return new ConfigBuilder()
        // Reconnect often at first, and after at most ten seconds: changes missed meanwhile are
        // traffic to Pods that are gone.
        .withWatchReconnectInterval(300)
        .withRequestRetryBackoffLimit(2)
        .withRequestTimeout(30_000)
        .withConnectionTimeout(5_000)
        // A dead connection is given up with the watch on it, not used again for the next.
        .withHttp2Disable(true)
        .build();
  }

  private static NodeTuning tuning(Map<String, String> env) {
    return new NodeTuning(
        new Sysctl(sysctlRoot(env.get("PORTOLAN_SYSCTL_ROOT"))), cpus(), LogFormat::level);
  }

  /** Cores of the node; the JVM only tells those that the Pod may use. */
  private static int cpus() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
      return (int) lines.filter(line -> line.matches("cpu[0-9]+ .*")).count();
    } catch (IOException | UncheckedIOException e) {
      return Runtime.getRuntime().availableProcessors();
    }
  }

  private static Path sysctlRoot(@Nullable String asked) {
    if (asked != null) {
      return Path.of(asked);
    }
    Path ofHost = Path.of("/host/proc/sys/net");
    return Files.isDirectory(ofHost) ? ofHost : Path.of("/proc/sys/net");
  }

  private static String version() {
    return Objects.requireNonNullElse(Main.class.getPackage().getImplementationVersion(), "dev");
  }

  private static String required(Map<String, String> env, String name) {
    String value = env.get(name);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(
          "set " + name + " to the name of this node (in a Pod: fieldRef spec.nodeName)");
    }
    return value;
  }

  static @Nullable ServiceName probeService(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    int slash = text.indexOf('/');
    if (slash < 1 || slash == text.length() - 1 || text.indexOf('/', slash + 1) >= 0) {
      throw new IllegalArgumentException("PORTOLAN_PROBE_SERVICE is not namespace/name: " + text);
    }
    return new ServiceName(text.substring(0, slash), text.substring(slash + 1));
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 1 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new IllegalArgumentException("PORTOLAN_HTTP_PORT is not a port: " + text);
  }
}
