package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.operator.fleet.FleetNode;
import io.portolan.operator.manifests.Names;
import io.portolan.operator.rollout.NodeProgress;
import io.portolan.operator.status.NodeReport;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One node as the caches show it.
 *
 * @param proxy its NodeProxy, if there is one that this ProxyConfig can build on
 * @param pod its agent's Pod, if there is one
 */
record NodeReading(FleetNode node, @Nullable NodeProxy proxy, @Nullable Pod pod) {

  NodeProgress progress(String podHash, Instant now) {
    boolean running = proxy != null && ProxyReadings.running(proxy);
    boolean agentReady = pod != null && Changes.ready(pod);
    return new NodeProgress(
        node.name(),
        proxy == null ? null : proxy.getSpec().revision(),
        running,
        agentReady,
        pod == null || current(pod, podHash),
        node.ready(),
        running && (agentReady || pod == null)
            ? Duration.ZERO
            : Duration.between(unwellSince(now), now));
  }

  NodeReport report(String updateRevision, String podHash, Instant now) {
    NodeProgress progress = progress(podHash, now);
    return new NodeReport(
        node.name(),
        progress.at(updateRevision) && progress.running(),
        progress.available(),
        problem());
  }

  private String problem() {
    if (!node.ready()) {
      return "the node is not Ready";
    }
    if (pod == null) {
      return "no agent pod";
    }
    String agent = PodReadings.problem(pod);
    if (!agent.isEmpty()) {
      return agent;
    }
    return proxy == null ? "waits for its turn" : ProxyReadings.problem(proxy);
  }

  /** The last time that something got a new chance: told anew, turned bad, Pod started anew. */
  private Instant unwellSince(Instant now) {
    Instant since = proxy == null ? now : ProxyReadings.changedAt(proxy);
    if (proxy != null) {
      since =
          later(
              since,
              ProxyReadings.ready(proxy)
                  .filter(c -> !"True".equals(c.getStatus()))
                  .map(Condition::getLastTransitionTime));
    }
    if (pod != null && !Changes.ready(pod)) {
      since = later(since, Optional.ofNullable(pod.getMetadata().getCreationTimestamp()));
      since = later(since, PodReadings.ready(pod).map(PodCondition::getLastTransitionTime));
    }
    return since.isAfter(now) ? now : since;
  }

  private static Instant later(Instant one, Optional<String> other) {
    return other.flatMap(ProxyReadings::time).filter(t -> t.isAfter(one)).orElse(one);
  }

  /** Whether the Pod has the shape that is wanted. */
  static boolean current(Pod pod, String podHash) {
    var annotations = pod.getMetadata().getAnnotations();
    return annotations != null && podHash.equals(annotations.get(Names.HASH_ANNOTATION));
  }
}
