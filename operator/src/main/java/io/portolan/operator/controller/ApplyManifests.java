package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.portolan.operator.manifests.Installation;
import io.portolan.operator.manifests.Manifests;

/** Applies what the agents need, and puts back what someone changed or deleted. */
final class ApplyManifests implements Step {
  private final Sources sources;
  private final Applier applier;
  private final Installation installation;

  ApplyManifests(Sources sources, Applier applier, Installation installation) {
    this.sources = sources;
    this.applier = applier;
    this.installation = installation;
  }

  @Override
  public Outcome run(Pass pass) {
    for (HasMetadata object : Manifests.render(pass.config(), installation)) {
      applier.apply(object, sources.live(object));
    }
    return new Outcome.Proceed();
  }
}
