package io.portolan.operator.manifests;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.portolan.api.v1alpha1.ProxyConfig;
import java.util.List;
import java.util.Objects;

/** Everything that the agents of a ProxyConfig need. */
public final class Manifests {
  private Manifests() {}

  /** The objects, in the order in which they must exist. */
  public static List<HasMetadata> render(ProxyConfig config, Installation installation) {
    return List.of(
        AgentAccess.serviceAccount(config, installation),
        AgentAccess.role(config),
        AgentAccess.binding(config, installation),
        AgentDaemonSet.render(config, installation));
  }

  /** Hash of the shape that the agents' Pods must have. */
  public static String podHash(ProxyConfig config, Installation installation) {
    DaemonSet agents = AgentDaemonSet.render(config, installation);
    return Objects.requireNonNull(agents.getMetadata().getAnnotations().get(Names.HASH_ANNOTATION));
  }
}
