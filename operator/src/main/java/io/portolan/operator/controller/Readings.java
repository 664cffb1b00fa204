package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.operator.manifests.Snapshot;
import io.portolan.operator.rollout.NodeProgress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Reads the nodes of a ProxyConfig from the caches. */
final class Readings {
  private final Sources sources;

  Readings(Sources sources) {
    this.sources = sources;
  }

  List<NodeReading> of(Pass pass) {
    Map<String, Map<String, Pod>> pods = sources.pods();
    return pass.ownership().nodesOf(pass.name()).stream()
        .map(
            node -> {
              Optional<NodeProxy> proxy = usable(node, pass);
              // Until it is moved, a node that comes from another ProxyConfig has that one's agent.
              String agentOf = proxy.map(ProxyReadings::config).orElse(pass.name());
              return new NodeReading(
                  Objects.requireNonNull(pass.nodes().get(node)),
                  proxy.orElse(null),
                  pods.getOrDefault(node, Map.of()).get(agentOf));
            })
        .toList();
  }

  /** Where each node stands. */
  List<NodeProgress> progress(Pass pass) {
    Shapes shapes = shapes(pass);
    return of(pass).stream().map(n -> n.progress(pass.name(), shapes, pass.now())).toList();
  }

  /** What is known of the revisions, and which shapes are good now. */
  Shapes shapes(Pass pass) {
    var known = new HashMap<String, Snapshot>();
    for (ControllerRevision revision : sources.revisions(pass.name())) {
      Snapshot.of(revision).ifPresent(s -> known.put(revision.getMetadata().getName(), s));
    }
    known.put(pass.updateRevision(), pass.snapshot());
    return new Shapes(known, pass.state(), pass.policy().rollback());
  }

  /**
   * A NodeProxy that was told to clean up, or whose ProxyConfig is gone and with it the agent, is
   * as good as none: the node must be served again at once.
   */
  private Optional<NodeProxy> usable(String node, Pass pass) {
    return sources
        .proxy(node)
        .filter(p -> !ProxyReadings.removing(p) && pass.exists(ProxyReadings.config(p)));
  }
}
