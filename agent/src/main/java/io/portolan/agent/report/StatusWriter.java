package io.portolan.agent.report;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the status of the own NodeProxy by server-side apply. */
final class StatusWriter {
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("portolan-agent")
          .withForce(true)
          .build();

  private final KubernetesClient client;
  private final String name;

  StatusWriter(KubernetesClient client, String name) {
    this.client = client;
    this.name = name;
  }

  /**
   * Writes it.
   *
   * @return the status as the API server has it now; null when there is no such NodeProxy
   * @throws KubernetesClientException when the API server is away or refuses
   */
  @Nullable NodeProxyStatus write(NodeProxyStatus status) {
    // Only the fields that are ours: server-side apply takes the absent ones for given up.
    String body =
        client
            .getKubernetesSerialization()
            .asJson(
                Map.of(
                    "apiVersion",
                    "portolan.io/v1alpha1",
                    "kind",
                    "NodeProxy",
                    "metadata",
                    Map.of("name", name),
                    "status",
                    status));
    try {
      NodeProxy answer =
          client.resources(NodeProxy.class).withName(name).subresource("status").patch(APPLY, body);
      return answer.getStatus() == null ? status : answer.getStatus();
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        return null;
      }
      throw e;
    }
  }
}
