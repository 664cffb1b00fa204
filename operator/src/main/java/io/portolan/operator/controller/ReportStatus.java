package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.operator.manifests.Installation;
import io.portolan.operator.manifests.Manifests;
import io.portolan.operator.manifests.Revisions;
import io.portolan.operator.rollout.RolloutPolicy;
import io.portolan.operator.status.NodeReport;
import io.portolan.operator.status.Notices;
import io.portolan.operator.status.Observation;
import io.portolan.operator.status.Removal;
import io.portolan.operator.status.Rollup;
import java.util.List;
import java.util.Optional;

/** Writes the status when, and only when, it says something new, and tells people about it. */
final class ReportStatus implements Step {
  private final Readings readings;
  private final EventRecorder events;
  private final Installation installation;

  ReportStatus(Readings readings, EventRecorder events, Installation installation) {
    this.readings = readings;
    this.events = events;
    this.installation = installation;
  }

  @Override
  public Outcome run(Pass pass) {
    ProxyConfigStatus before = pass.config().getStatus();
    long generation = pass.config().getMetadata().getGeneration();
    ProxyConfigStatus after =
        pass.deleting()
            ? Removal.of(pass.remaining(), generation, before, pass.now())
            : Rollup.of(observation(pass, generation), before);
    if (Rollup.same(before, after)) {
      return new Outcome.Proceed();
    }
    var fresh = new ProxyConfig();
    fresh.setMetadata(new ObjectMetaBuilder().withName(pass.name()).build());
    fresh.setStatus(after);
    PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(pass.config(), fresh, pass.context());
    if (!pass.deleting()) {
      Notices.between(before, after).forEach(n -> events.tell(pass.config(), n, pass.now()));
    }
    return new Outcome.Proceed();
  }

  private Observation observation(Pass pass, long generation) {
    String podHash = Manifests.podHash(pass.config(), installation);
    List<NodeReport> reports =
        readings.of(pass).stream()
            .map(n -> n.report(pass.updateRevision(), podHash, pass.now()))
            .toList();
    return new Observation(
        generation,
        reports,
        reports.isEmpty() ? pass.remaining().size() : 0,
        pass.ownership().conflict(pass.name()),
        pass.rejection(),
        // Without a plan no node moves, so the revision that nodes move to is still the one before.
        pass.plan() == null ? null : pass.updateRevision(),
        Optional.ofNullable(pass.plan()),
        RolloutPolicy.of(Revisions.spec(pass.config()).rollout()).paused(),
        pass.now());
  }
}
