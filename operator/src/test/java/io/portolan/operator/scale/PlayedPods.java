package io.portolan.operator.scale;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watcher;
import io.portolan.operator.manifests.Names;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Plays the DaemonSet controller and the kubelets: an agent's Pod on each labelled node. */
final class PlayedPods {
  private final KubernetesClient client;
  private final Work work;
  private final BiConsumer<String, String> started;
  private final Map<String, String> labelled = new ConcurrentHashMap<>();
  private final Map<String, String> running = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private volatile @Nullable PodTemplateSpec template;

  /**
   * @param started is told the node and the shape of each Pod that has become ready
   */
  PlayedPods(KubernetesClient client, Work work, BiConsumer<String, String> started) {
    this.client = client;
    this.work = work;
    this.started = started;
    String namespace = ControlPlane.NAMESPACE;
    client.apps().daemonSets().inNamespace(namespace).watch(Watching.each(this::daemonSet));
    client.nodes().watch(Watching.each(this::node));
    client
        .pods()
        .inNamespace(namespace)
        .withLabelSelector(Names.AGENT_SELECTOR)
        .watch(Watching.each(this::pod));
  }

  private void daemonSet(Watcher.Action action, DaemonSet set) {
    template = action == Watcher.Action.DELETED ? null : set.getSpec().getTemplate();
    labelled.keySet().forEach(this::fill);
  }

  private void node(Watcher.Action action, Node node) {
    String name = node.getMetadata().getName();
    String config = node.getMetadata().getLabels().get(Names.CONFIG_LABEL);
    if (config != null && labelled.put(name, config) == null) {
      fill(name);
    }
  }

  private void pod(Watcher.Action action, Pod pod) {
    String node = pod.getSpec().getNodeName();
    if (action == Watcher.Action.DELETED) {
      running.remove(node, pod.getMetadata().getName());
      fill(node);
    } else if (pod.getMetadata().getDeletionTimestamp() != null) {
      work.after(100, 500, () -> client.resource(pod).withGracePeriod(0).delete());
    }
  }

  private void fill(String node) {
    PodTemplateSpec shape = template;
    String name = "portolan-agent-%s-%d".formatted(node, numbers.incrementAndGet());
    if (shape != null && running.putIfAbsent(node, name) == null) {
      work.now(() -> start(node, name, shape));
    }
  }

  private void start(String node, String name, PodTemplateSpec shape) {
    Pod made =
        client
            .resource(
                new PodBuilder()
                    .withNewMetadata()
                    .withName(name)
                    .withNamespace(ControlPlane.NAMESPACE)
                    .withLabels(shape.getMetadata().getLabels())
                    .addToLabels("controller-revision-hash", "5d8c7f9b4d")
                    .withAnnotations(shape.getMetadata().getAnnotations())
                    .endMetadata()
                    .withNewSpecLike(shape.getSpec())
                    .withNodeName(node)
                    .endSpec()
                    .build())
            .create();
    work.after(500, 2000, () -> ready(made));
  }

  private void ready(Pod pod) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    var status =
        new PodBuilder(pod)
            .withNewStatus()
            .withPhase("Running")
            .withHostIP("192.168.0.1")
            .withPodIP("192.168.0.1")
            .withPodIPs(new PodIP("192.168.0.1"))
            .withStartTime(now)
            .addNewCondition()
            .withType("PodScheduled")
            .withStatus("True")
            .withLastTransitionTime(now)
            .endCondition()
            .addNewCondition()
            .withType("ContainersReady")
            .withStatus("True")
            .withLastTransitionTime(now)
            .endCondition()
            .addNewCondition()
            .withType("Ready")
            .withStatus("True")
            .withLastTransitionTime(now)
            .endCondition()
            .addNewContainerStatus()
            .withName("agent")
            .withReady(true)
            .withRestartCount(0)
            .withImage(pod.getSpec().getContainers().getFirst().getImage())
            .withImageID("registry.example/portolan/agent@sha256:" + "ab".repeat(32))
            .withContainerID("containerd://" + "cd".repeat(32))
            .withNewState()
            .withNewRunning()
            .withStartedAt(now)
            .endRunning()
            .endState()
            .endContainerStatus()
            .endStatus()
            .build();
    client.resource(status).updateStatus();
    started.accept(
        pod.getSpec().getNodeName(),
        Objects.requireNonNullElse(
            pod.getMetadata().getAnnotations().get(Names.HASH_ANNOTATION), ""));
  }
}
