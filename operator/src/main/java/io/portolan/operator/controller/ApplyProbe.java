package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.portolan.operator.fleet.FleetNode;
import io.portolan.operator.fleet.ProbeTarget;
import io.portolan.operator.manifests.Installation;
import io.portolan.operator.manifests.Manifests;
import io.portolan.operator.manifests.Names;
import java.util.List;
import java.util.Optional;

/** Keeps the Service that the agents probe, and its endpoints: agents that are well. */
final class ApplyProbe implements Step {
  private final Sources sources;
  private final Applier applier;
  private final Installation installation;

  ApplyProbe(Sources sources, Applier applier, Installation installation) {
    this.sources = sources;
    this.applier = applier;
    this.installation = installation;
  }

  @Override
  public Outcome run(Pass pass) {
    List<ProbeTarget> targets =
        ProbeTarget.choose(
            sources.agents().flatMap(pod -> target(pod, pass).stream()).distinct().toList());
    for (HasMetadata object : Manifests.probe(pass.config(), installation, targets)) {
      applier.apply(object, sources.live(object));
    }
    return new Outcome.Proceed();
  }

  private static Optional<ProbeTarget> target(Pod pod, Pass pass) {
    FleetNode node = pass.nodes().get(pod.getSpec().getNodeName());
    if (node == null || !node.ready() || !Changes.ready(pod) || Changes.deleting(pod)) {
      return Optional.empty();
    }
    return Optional.of(
        new ProbeTarget(
            node.name(),
            node.zone(),
            pass.name().equals(pod.getMetadata().getLabels().get(Names.CONFIG_LABEL)),
            pod.getStatus().getPodIPs().stream().map(PodIP::getIp).toList()));
  }
}
