package io.portolan.operator.scale;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watcher;
import io.portolan.api.v1alpha1.NodeCounts;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How late the ProxyConfig's status is: from the write that makes the k-th node well at the update
 * revision (the agent's status, or the Pod's, whichever comes last) until a status that counts k or
 * more is seen, for each k.
 */
final class StatusLag {
  private final Map<Told, Instant> well = new HashMap<>();
  private final List<Shown> shown = new ArrayList<>();
  private @Nullable String revision;
  private String shape = "";
  private @Nullable ProxyConfig newest;

  private record Shown(Instant when, int nodes) {}

  private record Told(String node, String shape) {}

  /**
   * How late, at most and for 95 %.
   *
   * @param measured nodes
   */
  record Figures(Duration most, Duration most95, int measured) {}

  StatusLag(KubernetesClient client) {
    client.resources(ProxyConfig.class).watch(Watching.each(this::news));
  }

  private synchronized void news(Watcher.Action action, ProxyConfig config) {
    newest = config;
    ProxyConfigStatus status = config.getStatus();
    if (status == null) {
      return;
    }
    NodeCounts counts = status.nodes();
    String target = status.updateRevision();
    if (target != null && !target.equals(revision)) {
      begin(target);
    }
    if (counts != null) {
      shown.add(new Shown(Instant.now(), counts.updated()));
    }
  }

  /** What was seen of earlier revisions is forgotten. */
  private void begin(String target) {
    revision = target;
    well.clear();
    shown.clear();
  }

  synchronized void ready(String node, String at, String podShape, Instant when) {
    if (at.equals(revision)) {
      shape = podShape;
      well.putIfAbsent(new Told(node, podShape), when);
    }
  }

  synchronized Optional<ProxyConfig> newest() {
    return Optional.ofNullable(newest);
  }

  synchronized String phase() {
    return newest == null || newest.getStatus() == null || newest.getStatus().rollout() == null
        ? ""
        : Objects.requireNonNullElse(newest.getStatus().rollout().phase(), "");
  }

  synchronized Figures figures() {
    // The last shape is the one that all of them came to.
    List<Instant> times =
        well.entrySet().stream()
            .filter(e -> e.getKey().shape().equals(shape))
            .map(Map.Entry::getValue)
            .sorted()
            .toList();
    var lags = new ArrayList<Duration>();
    int next = 0;
    for (int k = 0; k < times.size(); k++) {
      while (next < shown.size() && shown.get(next).nodes() < k + 1) {
        next++;
      }
      if (next < shown.size()) {
        Duration lag = Duration.between(times.get(k), shown.get(next).when());
        lags.add(lag.isNegative() ? Duration.ZERO : lag);
      }
    }
    lags.sort(null);
    return lags.isEmpty()
        ? new Figures(Duration.ZERO, Duration.ZERO, 0)
        : new Figures(lags.getLast(), lags.get(lags.size() * 95 / 100), lags.size());
  }
}
