package io.portolan.operator.scale;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.Versions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Plays the agents: one watch for all of them; each answers a change of its spec by one write of
 * its status, after 0.2 to 2 s, once its Pod is ready. Settings with {@link #BAD} make it ill.
 */
final class PlayedAgents {
  /** The audit interval that no kernel of these can bear. */
  static final String BAD = "13m";

  private final KubernetesClient client;
  private final Work work;
  private final Answers answers;
  private final Map<String, NodeProxy> proxies = new ConcurrentHashMap<>();
  private final Map<String, String> shapes = new ConcurrentHashMap<>();
  private final Set<String> answering = ConcurrentHashMap.newKeySet();
  private final Map<String, Set<String>> had = new ConcurrentHashMap<>();
  private final AtomicInteger touches = new AtomicInteger();

  /** Who wants to know of the answers. */
  interface Answers {
    /** The agent of this node, whose Pod has this shape, has reported Ready at this revision. */
    void ready(String node, String revision, String shape, Instant when);
  }

  PlayedAgents(KubernetesClient client, Work work, Answers answers) {
    this.client = client;
    this.work = work;
    this.answers = answers;
    client.resources(NodeProxy.class).watch(Watching.each(this::proxy));
  }

  /** The agent of this node runs, in a Pod of this shape. */
  void started(String node, String shape) {
    shapes.put(node, shape);
    NodeProxy proxy = proxies.get(node);
    if (proxy == null) {
      return;
    }
    if (answered(proxy)) {
      tell(proxy, shape);
    } else {
      soon(node);
    }
  }

  /** Nodes that were ever given this revision. */
  int everHad(String revision) {
    return had.getOrDefault(revision, Set.of()).size();
  }

  /**
   * One agent writes its status though nothing but a time is new, as after a change of Services.
   */
  void touch() {
    String node = PlayedNodes.name(touches.getAndIncrement() % Math.max(1, proxies.size()));
    work.now(
        () -> {
          NodeProxy proxy = proxies.get(node);
          if (proxy != null) {
            write(proxy);
          }
        });
  }

  private void proxy(Watcher.Action action, NodeProxy proxy) {
    String node = proxy.getMetadata().getName();
    if (action == Watcher.Action.DELETED) {
      proxies.remove(node);
      return;
    }
    proxy.getMetadata().setManagedFields(List.of());
    proxies.put(node, proxy);
    had.computeIfAbsent(proxy.getSpec().revision(), r -> ConcurrentHashMap.newKeySet()).add(node);
    if (!answered(proxy) && shapes.containsKey(node)) {
      soon(node);
    }
  }

  private void soon(String node) {
    if (answering.add(node)) {
      work.after(200, 2000, () -> answer(node));
    }
  }

  private void answer(String node) {
    answering.remove(node);
    NodeProxy proxy = proxies.get(node);
    if (proxy == null || answered(proxy)) {
      return;
    }
    try {
      write(proxy);
    } catch (KubernetesClientException e) {
      soon(node);
      throw e;
    }
    tell(proxy, Objects.requireNonNullElse(shapes.get(node), ""));
  }

  private void tell(NodeProxy proxy, String shape) {
    if (!ill(proxy)) {
      answers.ready(
          proxy.getMetadata().getName(), proxy.getSpec().revision(), shape, Instant.now());
    }
  }

  private static boolean answered(NodeProxy proxy) {
    NodeProxyStatus status = proxy.getStatus();
    return status != null
        && Objects.equals(status.observedGeneration(), proxy.getMetadata().getGeneration());
  }

  private static boolean ill(NodeProxy proxy) {
    return BAD.equals(proxy.getSpec().settings().sync().auditInterval());
  }

  private void write(NodeProxy seen) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    boolean ill = ill(seen);
    var proxy = new NodeProxy();
    proxy.setMetadata(new ObjectMetaBuilder(seen.getMetadata()).build());
    proxy.setSpec(seen.getSpec());
    proxy.setStatus(
        new NodeProxyStatus(
            seen.getMetadata().getGeneration(),
            seen.getSpec().revision(),
            Mode.NFTABLES,
            5213,
            21877,
            now,
            null,
            null,
            null,
            new Versions("0.1.0", "6.12.43+deb13-amd64"),
            List.of(
                new ConditionBuilder()
                    .withType("Ready")
                    .withStatus(ill ? "False" : "True")
                    .withReason(ill ? "SyncFailed" : "InSync")
                    .withMessage(ill ? "nft: table portolan: no such thing" : "as planned")
                    .withLastTransitionTime(transition(seen, ill, now))
                    .build()),
            null,
            null,
            null,
            null));
    client.resource(proxy).updateStatus();
  }

  private static String transition(NodeProxy seen, boolean ill, String now) {
    NodeProxyStatus status = seen.getStatus();
    return status == null || status.conditions() == null
        ? now
        : status.conditions().stream()
            .filter(c -> c.getStatus().equals(ill ? "False" : "True"))
            .map(Condition::getLastTransitionTime)
            .findFirst()
            .orElse(now);
  }
}
