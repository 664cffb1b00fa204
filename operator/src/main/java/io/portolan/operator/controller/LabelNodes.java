package io.portolan.operator.controller;

import io.portolan.operator.fleet.FleetNode;
import io.portolan.operator.manifests.Names;
import java.util.List;
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
    List<String> unlabelled =
        pass.ownership().nodesOf(pass.name()).stream().filter(n -> lacksLabel(n, pass)).toList();
    AtOnce.all(
        unlabelled,
        node -> {
          labels.set(node, Names.CONFIG_LABEL, Optional.of(pass.name()));
          return true;
        });
    return new Outcome.Proceed();
  }

  private boolean lacksLabel(String name, Pass pass) {
    FleetNode node = Objects.requireNonNull(pass.nodes().get(name));
    return !pass.name().equals(node.labels().get(Names.CONFIG_LABEL))
        && sources.proxy(name).filter(p -> pass.name().equals(ProxyReadings.config(p))).isPresent();
  }
}
