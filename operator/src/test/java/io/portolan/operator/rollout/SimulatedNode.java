package io.portolan.operator.rollout;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One node of the simulated API server: its NodeProxy, its Pod and its agent in one value, so that
 * a cache is a copy of a reference.
 *
 * @param version of the NodeProxy
 * @param told when the spec last changed
 * @param answered whether the agent has reported on the spec as it is
 * @param ready what it reported
 * @param probes whether its connections succeed; null while it has not tried
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
    @Nullable Boolean probes,
    boolean reachable,
    boolean podReady,
    Instant since) {

  boolean available() {
    return reachable && podReady && answered && ready && assigned != null;
  }

  SimulatedNode moved(String revision, boolean isExcused, Instant now) {
    return new SimulatedNode(
        name,
        zone,
        version + 1,
        revision,
        isExcused,
        now,
        false,
        ready,
        null,
        reachable,
        podReady,
        now);
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
        probes,
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
        probes,
        reachable,
        podReady,
        isReady == ready && answered ? since : now);
  }

  SimulatedNode probed(boolean succeed) {
    return new SimulatedNode(
        name,
        zone,
        version + 1,
        assigned,
        excused,
        told,
        answered,
        ready,
        succeed,
        reachable,
        podReady,
        since);
  }

  /** The Node object changes, not the NodeProxy: no new version. */
  SimulatedNode reachable(boolean isReachable, Instant now) {
    return new SimulatedNode(
        name,
        zone,
        version,
        assigned,
        excused,
        told,
        answered,
        ready,
        probes,
        isReachable,
        podReady,
        now);
  }

  /** The Pod changes, not the NodeProxy: no new version. */
  SimulatedNode podReady(boolean isReady, Instant now) {
    return new SimulatedNode(
        name, zone, version, assigned, excused, told, answered, ready, probes, reachable, isReady,
        now);
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
            well && podReady && reachable && probes != null
                ? Duration.ZERO
                : Duration.between(since, now),
            NodeHealth.NEVER_DISTURBED,
            Optional.empty(),
            probe(),
            well ? "" : "simulated: not ready"));
  }

  private Probe probe() {
    if (probes == null) {
      return new Probe.Measuring();
    }
    int failed = probes ? 0 : 60;
    return new Probe.Measured(
        List.of(
            new Probe.Path(
                "simulated", 120, failed, OptionalInt.empty(), 120, 0, OptionalInt.empty())));
  }
}
