package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.portolan.operator.manifests.Installation;
import io.portolan.operator.manifests.Manifests;

/**
 * Applies what the agents need before they start, and puts back what someone changed or deleted.
 */
final class ApplyAccess implements Step {
  private final Sources sources;
  private final Applier applier;
  private final Installation installation;

  ApplyAccess(Sources sources, Applier applier, Installation installation) {
    this.sources = sources;
    this.applier = applier;
    this.installation = installation;
  }

  @Override
  public Outcome run(Pass pass) {
    for (HasMetadata object : Manifests.access(pass.config(), installation)) {
      applier.apply(object, sources.live(object));
    }
    return new Outcome.Proceed();
  }
}
