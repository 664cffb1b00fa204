package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.api.v1alpha1.Settings;
import io.portolan.operator.manifests.Installation;
import io.portolan.operator.manifests.Manifests;
import io.portolan.operator.manifests.Revisions;
import io.portolan.operator.rollout.Move;
import io.portolan.operator.rollout.RolloutPlan;
import io.portolan.operator.rollout.RolloutPlanner;
import io.portolan.operator.rollout.RolloutPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gives nodes their revision: those that the rollout moves now, and those whose NodeProxy someone
 * else has written to.
 */
final class MoveNodes implements Step {
  private static final Duration SOON = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final Sources sources;
  private final Readings readings;
  private final ProxyWriter writer;
  private final Installation installation;

  MoveNodes(
      KubernetesClient client,
      Sources sources,
      Readings readings,
      ProxyWriter writer,
      Installation installation) {
    this.client = client;
    this.sources = sources;
    this.readings = readings;
    this.writer = writer;
    this.installation = installation;
  }

  @Override
  public Outcome run(Pass pass) {
    boolean behind = false;
    List<Move> moves = moves(pass);
    Map<String, Map<String, Pod>> pods = moves.isEmpty() ? Map.of() : sources.pods();
    for (Move move : moves) {
      if (carryOut(move, pass)) {
        replace(pods.getOrDefault(move.node(), Map.of()).get(pass.name()), pass);
      } else {
        behind = true;
      }
    }
    // The plan that the status tells of: what is still to do after these moves.
    RolloutPlan left = plan(readings.of(pass), pass);
    pass.plan(left);
    if (behind) {
      return new Outcome.LookAgain(SOON);
    }
    return left.nextCheck().<Outcome>map(Outcome.LookAgain::new).orElseGet(Outcome.Proceed::new);
  }

  private List<Move> moves(Pass pass) {
    List<NodeReading> nodes = readings.of(pass);
    var moves = new ArrayList<>(plan(nodes, pass).moves());
    for (NodeReading node : nodes) {
      NodeProxy proxy = node.proxy();
      if (proxy != null
          && pass.updateRevision().equals(proxy.getSpec().revision())
          && !written(proxy, spec(pass.updateRevision(), pass.settings()), pass)) {
        moves.add(new Move(node.node().name(), pass.updateRevision()));
      }
    }
    return moves;
  }

  private RolloutPlan plan(List<NodeReading> nodes, Pass pass) {
    String podHash = Manifests.podHash(pass.config(), installation);
    return RolloutPlanner.plan(
        nodes.stream().map(n -> n.progress(podHash, pass.now())).toList(),
        pass.updateRevision(),
        lastGood(pass),
        RolloutPolicy.of(Revisions.spec(pass.config()).rollout()));
  }

  private static @Nullable String lastGood(Pass pass) {
    ProxyConfigStatus status = pass.config().getStatus();
    return status == null ? null : status.currentRevision();
  }

  private boolean carryOut(Move move, Pass pass) {
    Optional<Settings> settings = settings(move.revision(), pass);
    if (settings.isEmpty()) {
      return true;
    }
    NodeProxySpec spec = spec(move.revision(), settings.get());
    Optional<NodeProxy> before = sources.proxy(move.node());
    if (before.filter(p -> written(p, spec, pass)).isPresent()) {
      return true;
    }
    var node = pass.nodes().get(move.node());
    return node != null && writer.write(node, pass.name(), spec, before, pass.now());
  }

  /** An agent of another shape than the wanted one goes; the DaemonSet brings its successor. */
  private void replace(@Nullable Pod pod, Pass pass) {
    if (pod != null
        && !Changes.deleting(pod)
        && !NodeReading.current(pod, Manifests.podHash(pass.config(), installation))) {
      client.resource(pod).delete();
    }
  }

  private static boolean written(NodeProxy proxy, NodeProxySpec spec, Pass pass) {
    return spec.equals(proxy.getSpec()) && pass.name().equals(ProxyReadings.config(proxy));
  }

  private static NodeProxySpec spec(String revision, Settings settings) {
    return new NodeProxySpec(revision, NodeState.ACTIVE, settings);
  }

  private Optional<Settings> settings(String revision, Pass pass) {
    if (revision.equals(pass.updateRevision())) {
      return Optional.of(pass.settings());
    }
    Map<String, ControllerRevision> known =
        sources.revisions(pass.name()).stream()
            .collect(Collectors.toMap(r -> r.getMetadata().getName(), Function.identity()));
    return Optional.ofNullable(known.get(revision))
        .map(r -> client.getKubernetesSerialization().convertValue(r.getData(), Settings.class));
  }
}
