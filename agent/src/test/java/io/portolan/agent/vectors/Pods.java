package io.portolan.agent.vectors;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.vectors.VectorCase.FlowExpectation;
import io.portolan.agent.vectors.VectorCase.Step;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which senders of a case stand behind an interface of Pods. A case does not say it: where Pods are
 * told by interfaces, those are the endpoints and whatever lies in the Pod ranges of the node.
 */
final class Pods {
  private Pods() {}

  static Set<Ip> of(VectorCase.PacketFlow kind) {
    var pods = new LinkedHashSet<Ip>();
    for (Step step : kind.steps()) {
      for (var object : step.apply()) {
        if (object instanceof EndpointSlice slice && slice.getEndpoints() != null) {
          for (var endpoint : slice.getEndpoints()) {
            add(pods, endpoint.getAddresses());
          }
        }
      }
      for (FlowExpectation flow : step.flows()) {
        for (Cidr range : step.config().podRanges()) {
          if (range.contains(flow.from())) {
            pods.add(flow.from());
          }
        }
      }
    }
    return pods;
  }

  private static void add(Set<Ip> pods, @Nullable List<String> addresses) {
    if (addresses == null || addresses.isEmpty()) {
      return;
    }
    try {
      pods.add(Ip.parse(addresses.getFirst()));
    } catch (IllegalArgumentException e) {
      // A name, or nonsense that the agent leaves out too.
    }
  }
}
