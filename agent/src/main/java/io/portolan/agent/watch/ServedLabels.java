package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which Services and EndpointSlices a proxy serves, as kube-proxy has it: those for another proxy
 * are not ours, headless ones need none. The EndpointSlice controller copies both labels to its
 * slices.
 */
final class ServedLabels {
  private static final List<String> NOT_OURS =
      List.of("service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless");

  /** For the API server: objects with neither label, whatever its value. */
  static final String SELECTOR =
      NOT_OURS.stream().map("!"::concat).collect(Collectors.joining(","));

  private ServedLabels() {}

  /** Whether {@link #SELECTOR} selects the object. */
  static boolean select(HasMetadata object) {
    Map<String, String> labels = object.getMetadata().getLabels();
    return labels == null || NOT_OURS.stream().noneMatch(labels::containsKey);
  }
}
