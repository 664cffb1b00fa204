package io.portolan.operator.controller;

import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.operator.fleet.FleetNode;
import io.portolan.operator.fleet.TakeoverLabel;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Labels the nodes whose takeover is so far that kube-proxy must leave, and takes the label away
 * where it must come back: by {@link TakeoverLabel}, after everything else that a pass writes.
 */
final class LabelTakeover implements Step {
  private static final Logger LOG = LoggerFactory.getLogger(LabelTakeover.class);

  private final Sources sources;
  private final NodeLabels labels;

  LabelTakeover(Sources sources, NodeLabels labels) {
    this.sources = sources;
    this.labels = labels;
  }

  @Override
  public Outcome run(Pass pass) {
    var changes = new TreeMap<String, Boolean>();
    for (NodeProxy proxy : sources.proxiesOf(pass)) {
      FleetNode node = pass.nodes().get(proxy.getMetadata().getName());
      if (node == null || proxy.getSpec() == null) {
        continue;
      }
      boolean has = TakeoverLabel.on(node);
      boolean must =
          TakeoverLabel.must(proxy.getSpec(), ProxyReadings.answeredPhase(proxy).orElse(null), has);
      if (has != must) {
        changes.put(node.name(), must);
      }
    }
    pass.nodes().values().stream()
        .filter(n -> TakeoverLabel.on(n) && forgotten(n, pass))
        .forEach(n -> changes.put(n.name(), false));
    AtOnce.all(
        changes.entrySet().stream().toList(),
        change -> {
          boolean on = change.getValue();
          labels.set(
              change.getKey(),
              TakeoverLabel.NAME,
              on ? Optional.of(TakeoverLabel.KUBE_PROXY) : Optional.empty());
          LOG.info(
              "{}: kube-proxy must {} node {}",
              pass.name(),
              on ? "leave" : "come back to",
              change.getKey());
          return true;
        });
    return new Outcome.Proceed();
  }

  /** Where a ProxyConfig owns the node, a NodeProxy that someone deleted comes back. */
  private boolean forgotten(FleetNode node, Pass pass) {
    return pass.ownership().owner(node.name()).isEmpty() && sources.proxy(node.name()).isEmpty();
  }
}
