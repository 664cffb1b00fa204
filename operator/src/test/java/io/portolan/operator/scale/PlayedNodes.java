package io.portolan.operator.scale;

import io.fabric8.kubernetes.api.model.ContainerImage;
import io.fabric8.kubernetes.api.model.ContainerImageBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Nodes of the size that real ones have, in three zones; their kubelets report now and then. */
final class PlayedNodes {
  /** What a kubelet reports of its images by default ({@code --node-status-max-images}). */
  private static final int IMAGES = 50;

  private final KubernetesClient client;
  private final Work work;
  private final int count;
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger reports = new AtomicInteger();

  PlayedNodes(KubernetesClient client, Work work, int count) {
    this.client = client;
    this.work = work;
    this.count = count;
  }

  void make() {
    IntStream.range(0, count).forEach(i -> work.now(() -> make(i)));
  }

  int made() {
    return made.get();
  }

  /** Reports of kubelets so far. */
  int reports() {
    return reports.get();
  }

  /** One report of the next kubelet: times, and nothing else, as every five minutes. */
  void report() {
    String now = now();
    String node = name(reports.getAndIncrement() % count);
    work.now(
        () ->
            client
                .nodes()
                .withName(node)
                .subresource("status")
                .patch(
                    PatchContext.of(PatchType.STRATEGIC_MERGE),
                    "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"lastHeartbeatTime\":\"%s\"}]}}"
                        .formatted(now)));
  }

  static String name(int index) {
    return "node-%05d.example".formatted(index);
  }

  private void make(int index) {
    String now = now();
    Node node =
        new NodeBuilder()
            .withNewMetadata()
            .withName(name(index))
            .addToLabels("topology.kubernetes.io/zone", "zone-" + index % 3)
            .addToLabels("topology.kubernetes.io/region", "region-1")
            .addToLabels("kubernetes.io/hostname", name(index))
            .addToLabels("kubernetes.io/os", "linux")
            .addToLabels("kubernetes.io/arch", "amd64")
            .addToLabels("node.kubernetes.io/instance-type", "large-8")
            .addToLabels("example.com/pool", "pool-" + index % 7)
            .addToLabels("example.com/rack", "rack-" + index / 20)
            .addToAnnotations("volumes.kubernetes.io/controller-managed-attach-detach", "true")
            .addToAnnotations("node.alpha.kubernetes.io/ttl", "300")
            .endMetadata()
            .withNewSpec()
            .withProviderID("example:///zone-" + index % 3 + "/" + UUID.randomUUID())
            .withPodCIDR("10.%d.%d.0/24".formatted(index / 256, index % 256))
            .withPodCIDRs("10.%d.%d.0/24".formatted(index / 256, index % 256))
            .endSpec()
            .withNewStatus()
            .withCapacity(amounts())
            .withAllocatable(amounts())
            .withConditions(
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", now),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", now),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", now),
                condition("Ready", "True", "KubeletReady", now))
            .addNewAddress("192.168.%d.%d".formatted(index / 256, index % 256), "InternalIP")
            .addNewAddress(name(index), "Hostname")
            .withNewDaemonEndpoints()
            .withNewKubeletEndpoint(10250)
            .endDaemonEndpoints()
            .withNewNodeInfo()
            .withMachineID(UUID.randomUUID().toString())
            .withSystemUUID(UUID.randomUUID().toString())
            .withBootID(UUID.randomUUID().toString())
            .withKernelVersion("6.12.43+deb13-amd64")
            .withOsImage("Debian GNU/Linux 13 (trixie)")
            .withContainerRuntimeVersion("containerd://2.2.1")
            .withKubeletVersion("v1.37.2")
            .withKubeProxyVersion("")
            .withOperatingSystem("linux")
            .withArchitecture("amd64")
            .endNodeInfo()
            .withImages(IntStream.range(0, IMAGES).mapToObj(PlayedNodes::image).toList())
            .endStatus()
            .build();
    client.resource(node).create();
    made.incrementAndGet();
  }

  private static Map<String, Quantity> amounts() {
    return Map.of(
        "cpu", new Quantity("8"),
        "memory", new Quantity("32863244Ki"),
        "pods", new Quantity("110"),
        "ephemeral-storage", new Quantity("103079844Ki"),
        "hugepages-2Mi", new Quantity("0"));
  }

  private static NodeCondition condition(String type, String status, String reason, String time) {
    return new NodeConditionBuilder()
        .withType(type)
        .withStatus(status)
        .withReason(reason)
        .withMessage("kubelet says " + reason)
        .withLastHeartbeatTime(time)
        .withLastTransitionTime(time)
        .build();
  }

  private static ContainerImage image(int index) {
    String name = "registry.example/team-%d/service-%d".formatted(index % 9, index);
    return new ContainerImageBuilder()
        .withNames(
            List.of(
                name + "@sha256:" + "%02x".formatted(index).repeat(32), name + ":1.17." + index))
        .withSizeBytes(50_000_000L + index)
        .build();
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
