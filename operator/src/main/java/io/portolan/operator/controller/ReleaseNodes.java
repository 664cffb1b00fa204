package io.portolan.operator.controller;

import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.operator.fleet.FleetNode;
import io.portolan.operator.manifests.Names;
import io.portolan.operator.status.Notice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes nodes that no ProxyConfig wants any more out of the fleet: the agent is told to clean the
 * kernel; when it says that it did, its NodeProxy and the node's label go, and with the label the
 * agent.
 *
 * <p>It does not wait for an agent that cannot answer: not at all where the node is gone or not
 * Ready, else as long as {@link Bounds#release}, or {@link Bounds#giveBack} where kube-proxy has to
 * serve again before the agent goes; {@link LabelTakeover} lets it come as soon as the node is
 * told. A ProxyConfig that selects no node at all releases none: that is a mistake in the selector
 * far more often than a wish, and a wish has another way, deleting the ProxyConfig.
 */
final class ReleaseNodes implements Step {
  private static final Logger LOG = LoggerFactory.getLogger(ReleaseNodes.class);
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(5);
  private static final String SILENT = "its agent did not answer in %d s";
  private static final String NOT_BACK =
      "kube-proxy did not serve again in %d s; Portolan's rules stay and no longer follow changes:"
          + " see that kube-proxy's DaemonSet runs on the node";

  private final Sources sources;
  private final ProxyWriter writer;
  private final NodeLabels labels;
  private final EventRecorder events;
  private final Bounds bounds;

  ReleaseNodes(
      Sources sources, ProxyWriter writer, NodeLabels labels, EventRecorder events, Bounds bounds) {
    this.sources = sources;
    this.writer = writer;
    this.labels = labels;
    this.events = events;
    this.bounds = bounds;
  }

  @Override
  public Outcome run(Pass pass) {
    var leaving = new ArrayList<NodeProxy>();
    for (NodeProxy proxy : sources.proxiesOf(pass)) {
      String node = proxy.getMetadata().getName();
      boolean mine = pass.name().equals(ProxyReadings.config(proxy));
      if (pass.ownership().owner(node).isPresent()) {
        if (mine && pass.deleting()) {
          pass.remaining().add(node);
        }
        continue;
      }
      if (mine && keepsItsNodes(pass)) {
        pass.remaining().add(node);
      } else {
        leaving.add(proxy);
      }
    }
    var stillThere = new ConcurrentSkipListSet<String>();
    AtOnce.all(
        leaving,
        proxy -> {
          String node = proxy.getMetadata().getName();
          return release(node, proxy, pass) || !stillThere.add(node);
        });
    pass.remaining().addAll(stillThere);
    pass.givingBack(
        stillThere.stream()
            .flatMap(n -> sources.proxy(n).stream())
            .filter(ProxyReadings::taken)
            .map(p -> p.getMetadata().getName() + ": " + ProxyReadings.givingBack(p))
            .findFirst());
    unlabelLeftovers(pass);
    return pass.remaining().isEmpty() || keepsItsNodes(pass)
        ? new Outcome.Proceed()
        : new Outcome.LookAgain(
            bounds.release().compareTo(LONGEST_LOOK) < 0 ? bounds.release() : LONGEST_LOOK);
  }

  private static boolean keepsItsNodes(Pass pass) {
    return !pass.deleting() && pass.ownership().selected(pass.name()) == 0;
  }

  /** One step of the release; whether it is done. */
  private boolean release(String name, NodeProxy proxy, Pass pass) {
    FleetNode node = pass.nodes().get(name);
    if (node == null) {
      return writer.delete(proxy);
    }
    if (!node.ready()) {
      return finish(name, proxy, pass, "the node is not Ready");
    }
    if (!ProxyReadings.removing(proxy)) {
      NodeProxySpec told = proxy.getSpec();
      writer.write(
          node,
          pass.name(),
          new NodeProxySpec(told.revision(), NodeState.REMOVED, told.settings()),
          Optional.of(proxy),
          pass.now());
      return false;
    }
    if (ProxyReadings.removed(proxy)) {
      return finish(name, proxy, pass, "");
    }
    boolean taken = ProxyReadings.taken(proxy);
    Duration bound = bounds.release(taken);
    var waited = Duration.between(ProxyReadings.changedAt(proxy), pass.now());
    return waited.compareTo(bound) >= 0
        && finish(name, proxy, pass, (taken ? NOT_BACK : SILENT).formatted(bound.toSeconds()));
  }

  private boolean finish(String node, NodeProxy proxy, Pass pass, String unclean) {
    if (!writer.delete(proxy)) {
      return false;
    }
    labels.release(node);
    if (unclean.isEmpty()) {
      LOG.info("{}: node {} is clean and released", pass.name(), node);
    } else {
      events.tell(
          pass.config(),
          new Notice(
              true,
              "NodeNotCleaned",
              "%s: released without the agent's word that the kernel is clean: %s"
                  .formatted(node, unclean)),
          pass.now());
    }
    return true;
  }

  /** A label without a NodeProxy would keep an agent where nothing tells it what to do. */
  private void unlabelLeftovers(Pass pass) {
    AtOnce.all(
        pass.nodes().values().stream().filter(n -> leftover(n, pass)).toList(),
        node -> {
          labels.release(node.name());
          return true;
        });
  }

  private boolean leftover(FleetNode node, Pass pass) {
    String label = node.labels().get(Names.CONFIG_LABEL);
    return label != null
        && (label.equals(pass.name()) || !pass.exists(label))
        && pass.ownership().owner(node.name()).isEmpty()
        && sources.proxy(node.name()).isEmpty();
  }
}
