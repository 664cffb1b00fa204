package io.portolan.e2e.install;

import io.fabric8.kubernetes.api.model.Pod;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What the stress clients call (stress-app.yaml). */
final class StressApp {
  static final String NAMESPACE = "stress";

  /** A Service without affinity, and the NodePort of it, TCP and UDP. */
  static final String PLAIN = "plain";

  static final int PLAIN_PORT = 30_180;

  /** The same with affinity. */
  static final String STICKY = "sticky";

  static final int STICKY_PORT = 30_181;

  private static final int REPLICAS = 3;
  private static final Duration PODS = Duration.ofMinutes(2);

  private final Cluster cluster;

  private StressApp(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Applies the manifest and waits until all Pods are ready. */
  static StressApp on(Cluster cluster) {
    new Kubectl(cluster).apply(manifest());
    var app = new StressApp(cluster);
    Waiting.on("the Pods that the stress clients call", PODS)
        .until(
            () -> {
              long ready = ready(app.right()) + ready(app.wrong());
              return ready == 2 * REPLICAS
                  ? Optional.empty()
                  : Optional.of(ready + " of " + 2 * REPLICAS + " are ready");
            });
    return app;
  }

  /** The Pods of both Services. */
  List<Pod> right() {
    return pods("right");
  }

  /** Pods that no stress client may reach. */
  List<Pod> wrong() {
    return pods("wrong");
  }

  /** Address of a Service. */
  String clusterIp(String service, boolean ipv6) {
    return SampleApp.clusterIp(cluster, NAMESPACE, service, ipv6);
  }

  private List<Pod> pods(String app) {
    return cluster.client().pods().inNamespace(NAMESPACE).withLabel("app", app).list().getItems();
  }

  private static long ready(List<Pod> pods) {
    return pods.stream()
        .filter(
            pod ->
                pod.getStatus().getConditions().stream()
                    .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True")))
        .count();
  }

  private static String manifest() {
    try (var in = Objects.requireNonNull(StressApp.class.getResourceAsStream("stress-app.yaml"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
