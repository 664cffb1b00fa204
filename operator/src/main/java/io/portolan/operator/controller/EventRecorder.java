package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.operator.manifests.ContentHash;
import io.portolan.operator.manifests.Names;
import io.portolan.operator.status.Notice;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people by Events on the ProxyConfig, and in the log. The same notice again counts up the
 * Event that is there. An Event that cannot be written stops nothing.
 */
final class EventRecorder {
  private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);

  /** Where the API server wants the Events of cluster-scoped objects. */
  private static final String NAMESPACE = "default";

  private final KubernetesClient client;

  EventRecorder(KubernetesClient client) {
    this.client = client;
  }

  void tell(ProxyConfig config, Notice notice, Instant now) {
    String name = config.getMetadata().getName();
    LOG.info("{}: {}: {}", name, notice.reason(), notice.message());
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    String uid = Objects.requireNonNullElse(config.getMetadata().getUid(), "");
    Event event =
        new EventBuilder()
            .withNewMetadata()
            .withName(name + "." + ContentHash.of(List.of(uid, notice.reason(), notice.message())))
            .withNamespace(NAMESPACE)
            .endMetadata()
            .withNewInvolvedObject()
            .withApiVersion(config.getApiVersion())
            .withKind(config.getKind())
            .withName(name)
            .withUid(uid)
            .endInvolvedObject()
            .withType(notice.warning() ? "Warning" : "Normal")
            .withReason(notice.reason())
            .withMessage(notice.message())
            .withNewSource()
            .withComponent(Names.FIELD_MANAGER)
            .endSource()
            .withFirstTimestamp(time)
            .withLastTimestamp(time)
            .withCount(1)
            .build();
    try {
      client.resource(event).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        countUp(event, time);
      } else {
        LOG.warn("{}: Event {} not written: {}", name, notice.reason(), e.getMessage());
      }
    }
  }

  private void countUp(Event event, String time) {
    try {
      client
          .resource(event)
          .edit(
              e ->
                  new EventBuilder(e)
                      .withCount(Objects.requireNonNullElse(e.getCount(), 1) + 1)
                      .withLastTimestamp(time)
                      .build());
    } catch (KubernetesClientException e) {
      LOG.warn("Event {} not counted up: {}", event.getReason(), e.getMessage());
    }
  }
}
