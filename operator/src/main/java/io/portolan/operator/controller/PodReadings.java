package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** What an agent's Pod says. */
final class PodReadings {
  /** So many restarts are no accident. */
  private static final int CRASH_LOOP = 2;

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

  /** What cannot get better by waiting: the agent ends again and again. */
  static Optional<String> trouble(Pod pod) {
    return containers(pod)
        .filter(
            c ->
                c.getState() != null
                    && c.getState().getWaiting() != null
                    && "CrashLoopBackOff".equals(c.getState().getWaiting().getReason())
                    && c.getRestartCount() != null
                    && c.getRestartCount() >= CRASH_LOOP)
        .map(
            c ->
                "the agent ended %d times%s: %s"
                    .formatted(c.getRestartCount(), exit(c), problem(pod)))
        .findFirst();
  }

  private static String exit(ContainerStatus container) {
    ContainerState last = container.getLastState();
    return last == null || last.getTerminated() == null
        ? ""
        : ", last with exit code %d (%s)"
            .formatted(last.getTerminated().getExitCode(), last.getTerminated().getReason());
  }

  /** When the agent last ended and was started again, RFC 3339. */
  static Optional<String> restarted(Pod pod) {
    return containers(pod)
        .filter(c -> c.getLastState() != null && c.getLastState().getTerminated() != null)
        .map(c -> Objects.requireNonNullElse(c.getLastState().getTerminated().getFinishedAt(), ""))
        .max(Comparator.naturalOrder());
  }

  private static Stream<ContainerStatus> containers(Pod pod) {
    return pod.getStatus() == null
        ? Stream.empty()
        : pod.getStatus().getContainerStatuses().stream();
  }
}
