package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.operator.fleet.FleetNode;
import io.portolan.operator.rollout.NodeHealth;
import io.portolan.operator.rollout.NodeProgress;
import io.portolan.operator.rollout.Probe;
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

  NodeProgress progress(String config, Shapes shapes, Instant now) {
    boolean running = proxy != null && ProxyReadings.running(proxy);
    boolean agentReady = pod != null && Changes.ready(pod);
    boolean ours = proxy != null && config.equals(ProxyReadings.config(proxy));
    String assigned = proxy == null ? null : proxy.getSpec().revision();
    boolean well = running && (agentReady || pod == null);
    boolean current = pod == null || !ours || shapes.fits(pod, assigned);
    Probe probe = proxy == null ? new Probe.NotMeasured("no NodeProxy") : ProbeReadings.of(proxy);
    boolean measuring = probe instanceof Probe.Measuring;
    Duration waiting =
        node.ready()
            ? well && current && !measuring
                ? Duration.ZERO
                : Duration.between(unwellSince(now), now)
            : Duration.between(node.readySince().isAfter(now) ? now : node.readySince(), now);
    return new NodeProgress(
        node.name(),
        node.labels(),
        assigned,
        ours,
        proxy != null && ProxyReadings.excused(proxy),
        node.ready(),
        new NodeHealth(
            running,
            agentReady,
            current,
            waiting,
            calm(now),
            pod == null ? Optional.empty() : PodReadings.trouble(pod),
            probe,
            problem()));
  }

  NodeReport report(NodeProgress progress, String updateRevision) {
    return new NodeReport(
        node.name(),
        progress.has(updateRevision)
            && progress.health().agentCurrent()
            && progress.health().running(),
        progress.available(),
        problem());
  }

  /** Time since the agent restarted or an audit found a difference, if that was at its revision. */
  private Duration calm(Instant now) {
    Instant told = proxy == null ? now : ProxyReadings.changedAt(proxy);
    Instant last = told;
    last = later(last, pod == null ? Optional.empty() : PodReadings.restarted(pod));
    last = later(last, proxy == null ? Optional.empty() : ProxyReadings.drifted(proxy));
    return last.equals(told)
        ? NodeHealth.NEVER_DISTURBED
        : last.isAfter(now) ? Duration.ZERO : Duration.between(last, now);
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

  /** The last time that something got a new chance: told anew, turned bad, Pod came or turned. */
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
    if (pod != null) {
      since = later(since, Optional.ofNullable(pod.getMetadata().getCreationTimestamp()));
      since = later(since, PodReadings.ready(pod).map(PodCondition::getLastTransitionTime));
    }
    return since.isAfter(now) ? now : since;
  }

  private static Instant later(Instant one, Optional<String> other) {
    return other.flatMap(ProxyReadings::time).filter(t -> t.isAfter(one)).orElse(one);
  }
}
