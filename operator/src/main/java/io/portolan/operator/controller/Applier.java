package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.operator.manifests.ContentHash;
import io.portolan.operator.manifests.Names;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies objects by server-side apply, and only when it must.
 *
 * <p>It remembers, for each object, what was wanted and what the API server made of it, defaults
 * included. While neither the wish nor the object in the cluster differs from that, nothing is
 * sent. Comparing with the answer and not with the wish avoids the endless loops that a comparison
 * with defaults brings; what others add to an object is theirs and stays.
 */
final class Applier {
  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

  private final KubernetesClient client;
  private final Map<String, Applied> applied = new ConcurrentHashMap<>();

  Applier(KubernetesClient client) {
    this.client = client;
  }

  private record Applied(String wanted, String became) {}

  /** Makes the object in the cluster what it must be. */
  void apply(HasMetadata wanted, Optional<? extends HasMetadata> live) {
    String key =
        wanted.getKind()
            + " "
            + Objects.requireNonNullElse(wanted.getMetadata().getNamespace(), "")
            + "/"
            + wanted.getMetadata().getName();
    String wish = ContentHash.of(wanted);
    if (live.isPresent() && new Applied(wish, fingerprint(live.get())).equals(applied.get(key))) {
      return;
    }
    HasMetadata became =
        client
            .resource(wanted)
            .fieldManager(Names.FIELD_MANAGER)
            .forceConflicts()
            .serverSideApply();
    Applied before = applied.put(key, new Applied(wish, fingerprint(became)));
    if (live.isEmpty() || !version(live.get()).equals(version(became))) {
      boolean drift = before != null && before.wanted().equals(wish);
      LOG.info("applied {}{}", key, drift ? ", which had been changed by someone else" : "");
    }
  }

  private static String version(HasMetadata object) {
    return object.getMetadata().getResourceVersion();
  }

  /** Hash of everything but the status and what the API server keeps for itself. */
  private String fingerprint(HasMetadata object) {
    Map<?, ?> all = client.getKubernetesSerialization().convertValue(object, Map.class);
    var content = new TreeMap<String, Object>();
    all.forEach((key, value) -> content.put(String.valueOf(key), value));
    content.remove("status");
    content.remove("metadata");
    var meta = object.getMetadata();
    return ContentHash.of(
        Map.of(
            "content",
            content,
            "labels",
            Objects.requireNonNullElse(meta.getLabels(), Map.of()),
            "annotations",
            Objects.requireNonNullElse(meta.getAnnotations(), Map.of()),
            "owners",
            Objects.requireNonNullElse(meta.getOwnerReferences(), List.of())));
  }
}
