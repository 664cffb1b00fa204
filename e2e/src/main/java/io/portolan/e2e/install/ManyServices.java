package io.portolan.e2e.install;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.e2e.cluster.Cluster;
import io.portolan.e2e.cluster.ClusterException;
import io.portolan.e2e.cluster.Node;
import io.portolan.e2e.cluster.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Services that are only there to be many: of both IP families, without a selector, each with
 * slices that name the same Pods; every twentieth with affinity.
 */
public final class ManyServices implements AutoCloseable {
  private static final String NAMESPACE = "many";
  private static final int AT_ONCE = 8;
  private static final int STICKY = 20;
  private static final Duration SERVED = Duration.ofMinutes(5);
  private static final Duration GONE = Duration.ofMinutes(5);

  private final KubernetesClient client;
  private final Kubectl kubectl;
  private final int number;
  private final List<Pod> pods;

  private ManyServices(Cluster cluster, int number, List<Pod> pods) {
    this.number = number;
    this.client = cluster.client();
    this.kubectl = new Kubectl(cluster);
    this.pods = pods;
  }

  /**
   * Creates so many, eight at a time.
   *
   * @param pods where they lead to; they must have addresses
   */
  public static ManyServices on(Cluster cluster, int number, List<Pod> pods) {
    var services = new ManyServices(cluster, number, pods);
    services.create();
    return services;
  }

  private void create() {
    client
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build())
        .create();
    List<Future<?>> running = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
      for (int i = 0; i < number; i++) {
        int one = i;
        running.add(threads.submit(() -> create(one, name(one))));
      }
      for (Future<?> each : running) {
        try {
          each.get();
        } catch (InterruptedException e) {
          threads.shutdownNow();
          Thread.currentThread().interrupt();
          throw new ClusterException("interrupted while Services were created", e);
        } catch (ExecutionException e) {
          threads.shutdownNow();
          throw new IllegalStateException("a Service was not created", e.getCause());
        }
      }
    }
  }

  private void create(int index, String name) {
    client.resource(service(name, index % STICKY == 0)).create();
    for (boolean ipv6 : List.of(false, true)) {
      client.resource(slice(name, ipv6)).create();
    }
  }

  private static Service service(String name, boolean sticky) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(NAMESPACE)
        .endMetadata()
        .withNewSpec()
        .withIpFamilyPolicy("RequireDualStack")
        .withSessionAffinity(sticky ? "ClientIP" : "None")
        .addNewPort()
        .withName("http")
        .withProtocol("TCP")
        .withPort(80)
        .endPort()
        .endSpec()
        .build();
  }

  private EndpointSlice slice(String name, boolean ipv6) {
    String family = ipv6 ? "IPv6" : "IPv4";
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withName(name + "-" + family.toLowerCase(Locale.ROOT))
        .withNamespace(NAMESPACE)
        .addToLabels("kubernetes.io/service-name", name)
        .endMetadata()
        .withAddressType(family)
        .addNewPort()
        .withName("http")
        .withProtocol("TCP")
        .withPort(8080)
        .endPort()
        .withEndpoints(pods.stream().map(pod -> endpoint(pod, ipv6)).toList())
        .build();
  }

  private static Endpoint endpoint(Pod pod, boolean ipv6) {
    return new EndpointBuilder()
        .withAddresses(
            pod.getStatus().getPodIPs().stream()
                .map(ip -> ip.getIp())
                .filter(ip -> ip.contains(":") == ipv6)
                .toList())
        .withNodeName(pod.getSpec().getNodeName())
        .withNewConditions()
        .withReady(true)
        .endConditions()
        .build();
  }

  /** Waits until Portolan has the last one in the kernel of the node. */
  public void awaitInKernel(Node node) {
    String last = NAMESPACE + "/" + name(number - 1) + ":http";
    Waiting.on("the endpoints of " + last + " in the kernel of " + node.name(), SERVED)
        .until(
            () -> {
              long held = new KernelView(node).endpointCount("ip6", last);
              return held == pods.size()
                  ? Optional.empty()
                  : Optional.of(held + " of " + pods.size() + " endpoints");
            });
  }

  private static String name(int number) {
    return "many-" + number;
  }

  /** Removes them all and waits until they are gone from the API server. */
  @Override
  public void close() {
    kubectl.attempt("delete", "namespace", NAMESPACE, "--wait=false");
    Waiting.on("the end of namespace " + NAMESPACE, GONE)
        .until(
            () -> {
              var left = client.namespaces().withName(NAMESPACE).get();
              return left == null ? Optional.empty() : Optional.of(left.getStatus().toString());
            });
  }
}
