package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.operator.manifests.Snapshot;
import io.portolan.operator.rollout.NodeProgress;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Reads the nodes of a ProxyConfig from the caches. A pass keeps what it has read until it writes
 * to nodes or wants to know anew, for at thousands of nodes a reading is what a pass costs.
 */
final class Readings {
  /** Revisions whose content is kept as it was read; there are a dozen for each ProxyConfig. */
  private static final int KEPT = 256;

  private final Sources sources;
  private final Map<String, Shapes.Shape> shapes =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Shapes.Shape> eldest) {
              return size() > KEPT;
            }
          });

  Readings(Sources sources) {
    this.sources = sources;
  }

  /**
   * One reading of all nodes.
   *
   * @param nodes by name
   * @param progress of the same nodes, in the same order
   */
  record Fleet(Shapes shapes, List<NodeReading> nodes, List<NodeProgress> progress) {}

  /** What the pass has read already, or reads now. */
  Fleet last(Pass pass) {
    Fleet read = pass.read();
    return read == null ? now(pass) : read;
  }

  /** What the caches hold now. */
  Fleet now(Pass pass) {
    Shapes known = shapes(pass);
    List<NodeReading> nodes = nodes(pass);
    var read =
        new Fleet(
            known,
            nodes,
            nodes.stream().map(n -> n.progress(pass.name(), known, pass.now())).toList());
    pass.read(read);
    return read;
  }

  private List<NodeReading> nodes(Pass pass) {
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

  /** What is known of the revisions, and which shapes are good now. */
  private Shapes shapes(Pass pass) {
    var known = new HashMap<String, Shapes.Shape>();
    for (ControllerRevision revision : sources.revisions(pass.name())) {
      shape(revision).ifPresent(s -> known.put(revision.getMetadata().getName(), s));
    }
    known.computeIfAbsent(pass.updateRevision(), r -> Shapes.Shape.of(pass.snapshot()));
    pass.baseline()
        .ifPresent(b -> known.computeIfAbsent(b.name(pass.name()), r -> Shapes.Shape.of(b)));
    return new Shapes(known, pass.state(), pass.policy().rollback());
  }

  /** The API server lets nobody change the content of a ControllerRevision. */
  private Optional<Shapes.Shape> shape(ControllerRevision revision) {
    String uid = revision.getMetadata().getUid();
    Shapes.Shape kept = shapes.get(uid);
    if (kept != null) {
      return Optional.of(kept);
    }
    Optional<Shapes.Shape> read = Snapshot.of(revision).map(Shapes.Shape::of);
    read.ifPresent(s -> shapes.put(uid, s));
    return read;
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
