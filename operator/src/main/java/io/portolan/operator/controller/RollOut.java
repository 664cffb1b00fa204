package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.Rollout;
import io.portolan.api.v1alpha1.RolloutGate;
import io.portolan.operator.manifests.Installation;
import io.portolan.operator.manifests.Manifests;
import io.portolan.operator.manifests.Revisions;
import io.portolan.operator.manifests.Snapshot;
import io.portolan.operator.rollout.Execution;
import io.portolan.operator.rollout.ExternalGate;
import io.portolan.operator.rollout.Move;
import io.portolan.operator.rollout.Orders;
import io.portolan.operator.rollout.RolloutPlan;
import io.portolan.operator.rollout.RolloutState;
import io.portolan.operator.rollout.RolloutView;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Gives nodes their revision: plans and moves by {@link Execution}, then replaces the agents' Pods
 * whose shape is not that of their node's revision, and mends NodeProxies that someone else has
 * written to.
 */
final class RollOut implements Step {
  private final KubernetesClient client;
  private final Sources sources;
  private final Readings readings;
  private final ProxyWriter writer;
  private final Applier applier;
  private final ReportStatus report;
  private final Installation installation;
  private final FreshLook look;
  private final PrometheusGates prometheus = new PrometheusGates();

  RollOut(
      KubernetesClient client,
      Sources sources,
      Readings readings,
      ProxyWriter writer,
      Applier applier,
      ReportStatus report,
      Installation installation) {
    this.client = client;
    this.sources = sources;
    this.readings = readings;
    this.writer = writer;
    this.applier = applier;
    this.report = report;
    this.installation = installation;
    this.look = new FreshLook(client, sources, installation.namespace());
  }

  @Override
  public Outcome run(Pass pass) {
    Execution.Result result = Execution.run(new Cluster(pass));
    Readings.Fleet fleet = readings.last(pass);
    fleet.nodes().forEach(node -> mend(node, fleet.shapes(), pass));
    replace(fleet, result.plan(), pass);
    return again(result, pass).<Outcome>map(Outcome.LookAgain::new).orElseGet(Outcome.Proceed::new);
  }

  /** The user's queries tell nobody when their answers change. */
  private static Optional<Duration> again(Execution.Result result, Pass pass) {
    return rolling(pass.state(), pass.updateRevision()) && !asked(pass).isEmpty()
        ? Optional.of(
            result
                .again()
                .filter(d -> d.compareTo(PrometheusGates.FRESH) < 0)
                .orElse(PrometheusGates.FRESH))
        : result.again();
  }

  private List<ExternalGate> gates(Pass pass) {
    return rolling(pass.state(), pass.updateRevision())
        ? prometheus.ask(asked(pass), pass.now())
        : List.of();
  }

  private static List<RolloutGate> asked(Pass pass) {
    Rollout rollout = Revisions.spec(pass.config()).rollout();
    return rollout == null ? List.of() : Objects.requireNonNullElse(rollout.gates(), List.of());
  }

  /** Whether a change is to come, or on its way. */
  private static boolean rolling(RolloutState state, String update) {
    return state.good() != null
        && !update.equals(state.good())
        && (state.failure() == null || !update.equals(state.target()));
  }

  private void mend(NodeReading node, Shapes shapes, Pass pass) {
    NodeProxy proxy = node.proxy();
    if (proxy == null || !pass.name().equals(ProxyReadings.config(proxy))) {
      return;
    }
    shapes
        .of(proxy.getSpec().revision())
        .map(s -> spec(proxy.getSpec().revision(), s))
        .filter(right -> !right.equals(proxy.getSpec()))
        .ifPresent(
            right ->
                writer.write(
                    node.node(),
                    pass.name(),
                    right,
                    Optional.of(proxy),
                    ProxyReadings.excused(proxy),
                    pass.now()));
  }

  /** The agent goes; the DaemonSet, whose template has the shape by now, brings its successor. */
  private void replace(Readings.Fleet fleet, RolloutPlan plan, Pass pass) {
    Optional<String> template = fleet.shapes().podHash(plan.template());
    Set<String> ending = sources.ending();
    List<Pod> outdated =
        fleet.nodes().stream()
            .filter(n -> outdated(n, fleet.shapes(), template, pass))
            .map(n -> Objects.requireNonNull(n.pod()))
            .filter(p -> !ending.contains(p.getMetadata().getUid()))
            .toList();
    AtOnce.all(
        outdated,
        pod -> {
          client.resource(pod).delete();
          sources.ends(pod);
          return true;
        });
  }

  private boolean outdated(NodeReading node, Shapes shapes, Optional<String> template, Pass pass) {
    NodeProxy proxy = node.proxy();
    Pod pod = node.pod();
    return proxy != null
        && pod != null
        && !Changes.deleting(pod)
        && pass.name().equals(ProxyReadings.config(proxy))
        && !shapes.fits(pod, proxy.getSpec().revision())
        && shapes.podHash(proxy.getSpec().revision()).equals(template);
  }

  private static NodeProxySpec spec(String revision, Snapshot snapshot) {
    return new NodeProxySpec(revision, NodeState.ACTIVE, snapshot.settings());
  }

  private final class Cluster implements Execution.Hands {
    private final Pass pass;

    Cluster(Pass pass) {
      this.pass = pass;
    }

    @Override
    public RolloutView look() {
      return new RolloutView(
          readings.now(pass).progress(),
          pass.updateRevision(),
          pass.baselineRevision().orElse(null),
          pass.state(),
          pass.policy(),
          Orders.of(pass.config().getMetadata().getAnnotations()),
          gates(pass),
          pass.now());
    }

    @Override
    public boolean current(Set<String> nodes) {
      return look.same(nodes);
    }

    @Override
    public boolean fence(String node) {
      pass.read(null);
      return sources.proxy(node).map(p -> writer.fence(p, pass.now())).orElse(true);
    }

    @Override
    public boolean shape(String revision) {
      Optional<Snapshot> snapshot = readings.last(pass).shapes().of(revision);
      if (snapshot.isPresent()) {
        DaemonSet agents = Manifests.agents(pass.config(), snapshot.get(), installation);
        applier.apply(agents, sources.live(agents));
      }
      return true;
    }

    @Override
    public boolean record(RolloutPlan plan) {
      pass.plan(plan);
      return plan.state().equals(pass.state()) || report.write(pass);
    }

    @Override
    public boolean move(List<Move> moves) {
      Shapes shapes = readings.last(pass).shapes();
      boolean done = AtOnce.all(moves, move -> move(move, shapes));
      pass.read(null);
      return done;
    }

    private boolean move(Move move, Shapes shapes) {
      Optional<NodeProxySpec> spec = shapes.of(move.revision()).map(s -> spec(move.revision(), s));
      var node = pass.nodes().get(move.node());
      return spec.isPresent()
          && node != null
          && writer.write(
              node,
              pass.name(),
              spec.get(),
              sources.proxy(move.node()),
              move.excused(),
              pass.now());
    }
  }
}
