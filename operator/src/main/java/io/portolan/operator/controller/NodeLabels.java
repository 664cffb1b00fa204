package io.portolan.operator.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.portolan.operator.fleet.TakeoverLabel;
import io.portolan.operator.manifests.Names;
import java.net.HttpURLConnection;
import java.util.Optional;

/**
 * Writes the two labels of a node that are ours: one decides where the agents run, the other keeps
 * kube-proxy away.
 */
final class NodeLabels {
  private static final PatchContext MERGE =
      new PatchContext.Builder()
          .withPatchType(PatchType.JSON_MERGE)
          .withFieldManager(Names.FIELD_MANAGER)
          .build();

  private final KubernetesClient client;
  private final Sources sources;

  NodeLabels(KubernetesClient client, Sources sources) {
    this.client = client;
    this.sources = sources;
  }

  /** Sets a label, or takes it away; a node that is gone needs neither. */
  void set(String node, String label, Optional<String> value) {
    write(node, "\"%s\":%s".formatted(label, value.map(v -> '"' + v + '"').orElse("null")));
  }

  /** Takes both away. */
  void release(String node) {
    write(node, "\"%s\":null,\"%s\":null".formatted(Names.CONFIG_LABEL, TakeoverLabel.NAME));
  }

  private void write(String node, String labels) {
    try {
      sources.wrote(
          client
              .nodes()
              .withName(node)
              .patch(MERGE, "{\"metadata\":{\"labels\":{%s}}}".formatted(labels)));
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }
}
