package io.portolan.operator.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.portolan.operator.manifests.Names;
import java.net.HttpURLConnection;
import java.util.Optional;

/** Writes the one label of a node that is ours; it decides where the agents run. */
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

  /** Sets the label, or takes it away; a node that is gone needs neither. */
  void set(String node, Optional<String> config) {
    String value = config.map(c -> '"' + c + '"').orElse("null");
    try {
      sources.wrote(
          client
              .nodes()
              .withName(node)
              .patch(
                  MERGE,
                  "{\"metadata\":{\"labels\":{\"%s\":%s}}}".formatted(Names.CONFIG_LABEL, value)));
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }
}
