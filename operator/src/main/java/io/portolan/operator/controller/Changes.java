package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** Which updates of an object are worth a reconcile. Kubelets and agents report far more. */
final class Changes {
  private Changes() {}

  static boolean ofNode(Node now, Node before) {
    return !now.getMetadata().getLabels().equals(before.getMetadata().getLabels())
        || ready(now) != ready(before)
        || deleting(now) != deleting(before)
        || !Objects.equals(now.getSpec().getUnschedulable(), before.getSpec().getUnschedulable());
  }

  static boolean ofPod(Pod now, Pod before) {
    return ready(now) != ready(before)
        || deleting(now) != deleting(before)
        || !now.getMetadata().getLabels().equals(before.getMetadata().getLabels())
        || !PodReadings.problem(now).equals(PodReadings.problem(before));
  }

  static boolean ofNodeProxy(NodeProxy now, NodeProxy before) {
    return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || !now.getMetadata().getLabels().equals(before.getMetadata().getLabels())
        || deleting(now) != deleting(before)
        || !told(now).equals(told(before));
  }

  /** Counters and times of a status aside. */
  private static Object told(NodeProxy proxy) {
    NodeProxyStatus status = proxy.getStatus();
    return status == null
        ? Optional.empty()
        : Optional.of(
            new Told(
                Optional.ofNullable(status.observedGeneration()),
                Optional.ofNullable(status.revision()),
                Optional.ofNullable(status.probes()),
                ProxyReadings.phase(proxy),
                ProxyReadings.ready(proxy)));
  }

  private record Told(
      Optional<Long> generation,
      Optional<String> revision,
      Object probes,
      Object takeover,
      Object ready) {}

  static boolean ofConfig(HasMetadata now, HasMetadata before) {
    return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || !Objects.equals(
            now.getMetadata().getAnnotations(), before.getMetadata().getAnnotations())
        || deleting(now) != deleting(before);
  }

  static boolean ready(Node node) {
    return node.getStatus() != null
        && node.getStatus().getConditions().stream().anyMatch(Changes::isReady);
  }

  static Instant readySince(Node node) {
    return node.getStatus() == null
        ? Instant.EPOCH
        : node.getStatus().getConditions().stream()
            .filter(c -> "Ready".equals(c.getType()))
            .findFirst()
            .flatMap(c -> ProxyReadings.time(c.getLastTransitionTime()))
            .orElse(Instant.EPOCH);
  }

  private static boolean isReady(NodeCondition condition) {
    return "Ready".equals(condition.getType()) && "True".equals(condition.getStatus());
  }

  static boolean ready(Pod pod) {
    return PodReadings.ready(pod).map(PodCondition::getStatus).filter("True"::equals).isPresent();
  }

  static boolean deleting(HasMetadata object) {
    return object.getMetadata().getDeletionTimestamp() != null;
  }
}
