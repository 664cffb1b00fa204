package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.Objects;
import java.util.Optional;

/** What an agent's Pod says. */
final class PodReadings {
  private PodReadings() {}

  static Optional<PodCondition> ready(Pod pod) {
    return pod.getStatus() == null
        ? Optional.empty()
        : pod.getStatus().getConditions().stream()
            .filter(c -> "Ready".equals(c.getType()))
            .findFirst();
  }

  /** Why the Pod is not ready, as the kubelet or the scheduler puts it; empty when it is. */
  static String problem(Pod pod) {
    if (Changes.ready(pod)) {
      return "";
    }
    if (pod.getStatus() == null) {
      return "agent pod not started";
    }
    Optional<String> waiting =
        pod.getStatus().getContainerStatuses().stream()
            .map(ContainerStatus::getState)
            .filter(s -> s != null && s.getWaiting() != null)
            .map(s -> s.getWaiting().getReason() + text(s.getWaiting().getMessage()))
            .findFirst();
    Optional<String> scheduled =
        pod.getStatus().getConditions().stream()
            .filter(c -> "PodScheduled".equals(c.getType()) && "False".equals(c.getStatus()))
            .map(c -> c.getReason() + text(c.getMessage()))
            .findFirst();
    return "agent pod not ready" + waiting.or(() -> scheduled).map(why -> ": " + why).orElse("");
  }

  private static String text(String message) {
    return Objects.requireNonNullElse(message, "").isEmpty() ? "" : ": " + message;
  }
}
