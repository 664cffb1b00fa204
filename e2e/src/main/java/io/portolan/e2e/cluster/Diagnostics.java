package io.portolan.e2e.cluster;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** What a person wants to see of the cluster after a test failed: Pods, Events, our Pods' logs. */
public final class Diagnostics {
  private static final int EVENTS = 15;
  private static final int LOG_LINES = 15;

  private final KubernetesClient client;

  /** Of a running cluster. */
  public Diagnostics(Cluster cluster) {
    this.client = cluster.client();
  }

  /** Text of some dozens of lines; never fails. */
  public String afterFailureOf(String test) {
    StringBuilder text = new StringBuilder("--- the cluster after the failure of '" + test + "'\n");
    try {
      List<Pod> pods = client.pods().inAnyNamespace().list().getItems();
      pods.forEach(pod -> text.append(line(pod)).append('\n'));
      client.v1().events().inAnyNamespace().list().getItems().stream()
          .filter(event -> !"Normal".equals(event.getType()))
          .sorted(Comparator.comparing(Diagnostics::time).reversed())
          .limit(EVENTS)
          .forEach(event -> text.append(line(event)).append('\n'));
      pods.stream().filter(Diagnostics::isOurs).forEach(pod -> text.append(log(pod)));
    } catch (KubernetesClientException e) {
      text.append("(the API server does not answer: ").append(e.getMessage()).append(")\n");
    }
    return text.toString();
  }

  private static String line(Pod pod) {
    String containers =
        pod.getStatus().getContainerStatuses().stream()
            .map(Diagnostics::line)
            .collect(Collectors.joining(", "));
    return "Pod %s/%s on %s: %s [%s]"
        .formatted(
            pod.getMetadata().getNamespace(),
            pod.getMetadata().getName(),
            pod.getSpec().getNodeName(),
            pod.getStatus().getPhase(),
            containers);
  }

  private static String line(ContainerStatus container) {
    String state = Boolean.TRUE.equals(container.getReady()) ? "ready" : "not ready";
    return container.getName() + " " + state + ", restarts " + container.getRestartCount();
  }

  private static String line(Event event) {
    return "Event %s %s %s: %s"
        .formatted(
            event.getInvolvedObject().getKind(),
            event.getInvolvedObject().getName(),
            event.getReason(),
            event.getMessage());
  }

  private static String time(Event event) {
    String last = event.getLastTimestamp();
    return last == null ? "" : last;
  }

  private static boolean isOurs(Pod pod) {
    return pod.getSpec().getContainers().stream()
        .map(container -> container.getImage())
        .anyMatch(
            image ->
                image.startsWith("portolan.io/operator:")
                    || image.startsWith("portolan.io/agent:"));
  }

  private String log(Pod pod) {
    String name = pod.getMetadata().getName();
    String lines;
    try {
      lines =
          client
              .pods()
              .inNamespace(pod.getMetadata().getNamespace())
              .withName(name)
              .tailingLines(LOG_LINES)
              .getLog();
    } catch (KubernetesClientException e) {
      lines = "(" + e.getMessage() + ")";
    }
    return "--- last lines of " + name + "\n" + lines + "\n";
  }
}
