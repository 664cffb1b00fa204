package io.portolan.operator.manifests;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.operator.fleet.ProbeTarget;
import java.util.List;

/** Everything that the agents of a ProxyConfig need. */
public final class Manifests {
  private Manifests() {}

  /** What must exist before an agent, in this order. */
  public static List<HasMetadata> access(ProxyConfig config, Installation installation) {
    return List.of(
        AgentAccess.serviceAccount(config, installation),
        AgentAccess.role(config),
        AgentAccess.binding(config, installation));
  }

  /** What the agents probe. */
  public static List<HasMetadata> probe(
      ProxyConfig config, Installation installation, List<ProbeTarget> targets) {
    return ProbeService.render(config, installation, targets);
  }

  /** The agents, in the shape of a revision. */
  public static DaemonSet agents(ProxyConfig config, Snapshot snapshot, Installation installation) {
    return AgentDaemonSet.render(config, snapshot.pod(), installation);
  }
}
