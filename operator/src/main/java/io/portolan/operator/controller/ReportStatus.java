package io.portolan.operator.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.operator.manifests.Snapshot;
import io.portolan.operator.rollout.Probe;
import io.portolan.operator.rollout.RolloutPlan;
import io.portolan.operator.rollout.RolloutState;
import io.portolan.operator.status.NodeReport;
import io.portolan.operator.status.Notices;
import io.portolan.operator.status.Observation;
import io.portolan.operator.status.Removal;
import io.portolan.operator.status.Rollup;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the status when, and only when, it says something new, and tells people about it. */
final class ReportStatus implements Step {
  private static final Logger LOG = LoggerFactory.getLogger(ReportStatus.class);
  private static final Duration SOON = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final Sources sources;
  private final Readings readings;
  private final EventRecorder events;

  ReportStatus(KubernetesClient client, Sources sources, Readings readings, EventRecorder events) {
    this.client = client;
    this.sources = sources;
    this.readings = readings;
    this.events = events;
  }

  @Override
  public Outcome run(Pass pass) {
    return write(pass) ? new Outcome.Proceed() : new Outcome.LookAgain(SOON);
  }

  /**
   * Writes on the version that the decisions were made on.
   *
   * @return false when the ProxyConfig has changed since, so that nothing was written
   */
  boolean write(Pass pass) {
    ProxyConfig config = pass.config();
    ProxyConfigStatus before = config.getStatus();
    long generation = config.getMetadata().getGeneration();
    ProxyConfigStatus after =
        pass.deleting()
            ? Removal.of(pass.remaining(), pass.givingBack(), generation, before, pass.now())
            : Rollup.of(observation(pass, generation), before);
    if (Rollup.same(before, after)) {
      return true;
    }
    var fresh = new ProxyConfig();
    fresh.setMetadata(config.getMetadata());
    fresh.setSpec(config.getSpec());
    fresh.setStatus(after);
    try {
      ProxyConfig written = client.resource(fresh).updateStatus();
      sources.wrote(written, config);
      pass.config(written);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT
          && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      LOG.debug("{} has changed meanwhile", pass.name());
      return false;
    }
    if (!pass.deleting()) {
      Notices.between(before, after).forEach(n -> events.tell(config, n, pass.now()));
    }
    return true;
  }

  private Observation observation(Pass pass, long generation) {
    RolloutPlan plan = pass.plan();
    RolloutState state = plan == null ? pass.state() : plan.state();
    // No node that runs the baseline alone runs what the spec asks for.
    String target =
        Optional.ofNullable(state.target())
            .filter(t -> !pass.baselineRevision().equals(Optional.of(t)))
            .orElse("");
    Readings.Fleet fleet = readings.last(pass);
    var reports = new ArrayList<NodeReport>();
    for (int i = 0; i < fleet.nodes().size(); i++) {
      reports.add(fleet.nodes().get(i).report(fleet.progress().get(i), target));
    }
    return new Observation(
        generation,
        reports,
        reports.isEmpty() ? pass.remaining().size() : 0,
        pass.ownership().conflict(pass.name()),
        pass.ownership().overlap(pass.name()),
        pass.rejection(),
        Optional.ofNullable(plan),
        pass.policy(),
        fleet.progress().stream().anyMatch(p -> p.health().probe() instanceof Probe.Measured),
        plan == null || plan.preview().isEmpty()
            ? List.of()
            : differences(fleet.shapes(), state, pass),
        pass.now());
  }

  private static List<String> differences(Shapes shapes, RolloutState state, Pass pass) {
    return shapes
        .of(state.good())
        .map(good -> Snapshot.differences(good, pass.snapshot()))
        .orElse(List.of());
  }
}
