package io.portolan.operator.rollout;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One node of the simulated API server: its NodeProxy, its Pod and its agent in one value, so that
 * a cache is a copy of a reference.
 *
 * @param version of the NodeProxy
 * @param told when the spec last changed
 * @param answered whether the agent has reported on the spec as it is
 * @param ready what it reported
 * @param podReady what the kubelet finds when it asks the agent; false while it hangs
 * @param since since when one of these is what it is
 */
record SimulatedNode(
    String name,
    String zone,
    long version,
    @Nullable String assigned,
    boolean excused,
    Instant told,
    boolean answered,
    boolean ready,
    boolean reachable,
    boolean podReady,
    Instant since) {

  boolean available() {
    return reachable && podReady && answered && ready && assigned != null;
  }

  SimulatedNode moved(String revision, boolean isExcused, Instant now) {
    return new SimulatedNode(
        name, zone, version + 1, revision, isExcused, now, false, ready, reachable, podReady, now);
  }

  SimulatedNode fenced() {
    return new SimulatedNode(
        name,
        zone,
        version + 1,
        assigned,
        excused,
        told,
        answered,
        ready,
        reachable,
        podReady,
        since);
  }

  SimulatedNode reports(boolean isReady, Instant now) {
    return new SimulatedNode(
        name,
        zone,
        version + 1,
        assigned,
        excused,
        told,
        true,
        isReady,
        reachable,
        podReady,
        isReady == ready && answered ? since : now);
  }

  /** The Node object changes, not the NodeProxy: no new version. */
  SimulatedNode reachable(boolean isReachable, Instant now) {
    return new SimulatedNode(
        name, zone, version, assigned, excused, told, answered, ready, isReachable, podReady, now);
  }

  /** The Pod changes, not the NodeProxy: no new version. */
  SimulatedNode podReady(boolean isReady, Instant now) {
    return new SimulatedNode(
        name, zone, version, assigned, excused, told, answered, ready, reachable, isReady, now);
  }

  NodeProgress progress(Instant now) {
    boolean well = answered && ready;
    return new NodeProgress(
        name,
        Map.of("topology.kubernetes.io/zone", zone),
        assigned,
        true,
        excused,
        reachable,
        new NodeHealth(
            well,
            podReady,
            true,
            well && podReady && reachable ? Duration.ZERO : Duration.between(since, now),
            NodeHealth.NEVER_DISTURBED,
            Optional.empty(),
            new Probe.NotMeasured(),
            well ? "" : "simulated: not ready"));
  }
}
