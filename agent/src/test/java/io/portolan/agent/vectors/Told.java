package io.portolan.agent.vectors;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Fate;
import io.portolan.agent.vectors.VectorCase.FlowExpectation;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A fate in words that a person compares; what a flow does not ask for is left out. */
final class Told {
  private Told() {}

  static String of(FlowExpectation flow) {
    return flow.verdict()
        + switch (flow.verdict()) {
          case DNAT ->
              translated(new TreeSet<>(flow.endpoints()), flow.masquerade(), flow.stickySeconds());
          case REJECT, DROP, NONE -> "";
        };
  }

  static String of(FlowExpectation flow, Fate fate) {
    return switch (fate) {
      case Fate.Translated to -> {
        boolean masquerade =
            to.masquerade() || (flow.mayComeBack() && Boolean.TRUE.equals(flow.masquerade()));
        yield "DNAT"
            + translated(
                to.endpoints().stream()
                    .map(Endpoint::toString)
                    .collect(Collectors.toCollection(TreeSet::new)),
                flow.masquerade() == null ? null : masquerade,
                to.stickySeconds());
      }
      case Fate.Rejected r -> "REJECT";
      case Fate.Dropped d -> "DROP";
      case Fate.Untouched u -> "NONE";
    };
  }

  private static String translated(
      Set<String> endpoints, @Nullable Boolean masquerade, int seconds) {
    return " "
        + endpoints
        + (masquerade == null ? "" : masquerade ? ", masqueraded" : ", source kept")
        + (seconds == 0 ? "" : ", sticky for " + seconds + " s");
  }
}
