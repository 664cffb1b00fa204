package io.portolan.operator.controller;

import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.PathProbes;
import io.portolan.api.v1alpha1.ProbePath;
import io.portolan.operator.rollout.Probe;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What a NodeProxy says of its agent's probes. */
final class ProbeReadings {
  private ProbeReadings() {}

  static Probe of(NodeProxy proxy) {
    NodeProbes probes = proxy.getStatus() == null ? null : proxy.getStatus().probes();
    if (probes == null) {
      return new Probe.NotMeasured("the agent does not probe");
    }
    if (!Objects.equals(probes.revision(), proxy.getSpec().revision())) {
      return new Probe.Measuring();
    }
    List<PathProbes> paths = Objects.requireNonNullElse(probes.paths(), List.of());
    if (!paths.isEmpty()) {
      return new Probe.Measured(paths.stream().map(ProbeReadings::path).toList());
    }
    String why = probes.unmeasured();
    return why == null ? new Probe.Measuring() : new Probe.NotMeasured(why);
  }

  private static Probe.Path path(PathProbes path) {
    return new Probe.Path(
        "%s over %s"
            .formatted(
                path.path() == ProbePath.NODE ? "from the node" : "through the node",
                Boolean.TRUE.equals(path.ipv6()) ? "IPv6" : "IPv4"),
        number(path.sent()),
        number(path.failed()),
        optional(path.latencyMicros()),
        number(path.sentBefore()),
        number(path.failedBefore()),
        optional(path.latencyMicrosBefore()));
  }

  private static int number(@Nullable Integer number) {
    return Objects.requireNonNullElse(number, 0);
  }

  private static OptionalInt optional(@Nullable Integer number) {
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }
}
