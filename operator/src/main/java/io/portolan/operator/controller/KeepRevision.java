package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.operator.manifests.Installation;
import io.portolan.operator.manifests.Revisions;
import io.portolan.operator.manifests.Snapshot;
import io.portolan.operator.rollout.RolloutState;
import io.portolan.operator.status.Notice;
import io.portolan.operator.status.RolloutRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Keeps what the spec asks for as a revision, and the history short. */
final class KeepRevision implements Step {
  private final KubernetesClient client;
  private final Sources sources;
  private final Applier applier;
  private final EventRecorder events;
  private final Installation installation;

  KeepRevision(
      KubernetesClient client,
      Sources sources,
      Applier applier,
      EventRecorder events,
      Installation installation) {
    this.client = client;
    this.sources = sources;
    this.applier = applier;
    this.events = events;
    this.installation = installation;
  }

  @Override
  public Outcome run(Pass pass) {
    List<ControllerRevision> existing = sources.revisions(pass.name());
    var before = new ArrayList<>(existing);
    pass.baseline()
        .ifPresent(
            baseline -> {
              // It comes before the other one, which must not make it seem to come back.
              before.removeIf(r -> r.getMetadata().getName().equals(pass.updateRevision()));
              before.add(
                  keep(pass, baseline, before, "before the takeover nodes get revision %2$s"));
              existing.stream()
                  .filter(r -> r.getMetadata().getName().equals(pass.updateRevision()))
                  .forEach(before::add);
            });
    keep(pass, pass.snapshot(), before, "the settings of generation %d are revision %s");
    for (ControllerRevision surplus : Revisions.surplus(existing, inUse(pass))) {
      client.resource(surplus).delete();
    }
    return new Outcome.Proceed();
  }

  private ControllerRevision keep(
      Pass pass, Snapshot snapshot, List<ControllerRevision> existing, String words) {
    ControllerRevision wanted = Revisions.render(pass.config(), snapshot, installation, existing);
    var live = sources.live(wanted);
    applier.apply(wanted, live);
    if (live.isEmpty()) {
      events.tell(
          pass.config(),
          new Notice(
              false,
              "RevisionCreated",
              words.formatted(
                  pass.config().getMetadata().getGeneration(), wanted.getMetadata().getName())),
          pass.now());
    }
    return wanted;
  }

  private Set<String> inUse(Pass pass) {
    var inUse = new HashSet<String>();
    inUse.add(pass.updateRevision());
    pass.baselineRevision().ifPresent(inUse::add);
    ProxyConfigStatus status = pass.config().getStatus();
    RolloutState state = RolloutRecord.read(status);
    Stream.of(state.good(), state.target(), state.movingTo())
        .filter(Objects::nonNull)
        .forEach(inUse::add);
    inUse.addAll(state.unproven());
    sources.proxies().map(NodeProxy::getSpec).forEach(spec -> inUse.add(spec.revision()));
    return inUse;
  }
}
