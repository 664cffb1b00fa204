package io.portolan.operator.controller;

import io.portolan.operator.fleet.FleetNode;
import io.portolan.operator.manifests.Names;
import java.util.Objects;
import java.util.Optional;

/**
 * Labels the nodes that were given a revision of this ProxyConfig, so that its agents run there.
 */
final class LabelNodes implements Step {
  private final Sources sources;
  private final NodeLabels labels;

  LabelNodes(Sources sources, NodeLabels labels) {
    this.sources = sources;
    this.labels = labels;
  }

  @Override
  public Outcome run(Pass pass) {
    for (String name : pass.ownership().nodesOf(pass.name())) {
      FleetNode node = Objects.requireNonNull(pass.nodes().get(name));
      boolean taken =
          sources.proxy(name).filter(p -> pass.name().equals(ProxyReadings.config(p))).isPresent();
      if (taken && !pass.name().equals(node.labels().get(Names.CONFIG_LABEL))) {
        labels.set(name, Optional.of(pass.name()));
      }
    }
    return new Outcome.Proceed();
  }
}
