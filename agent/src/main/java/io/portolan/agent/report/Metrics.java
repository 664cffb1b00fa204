package io.portolan.agent.report;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.probe.Outcome;
import io.portolan.agent.probe.ProbeObserver;
import io.portolan.agent.probe.Route;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.sync.SyncObserver;
import io.portolan.agent.sync.SyncState;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.ProbePath;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What Prometheus sees. Names that begin with {@code kubeproxy_} are kube-proxy's, so that
 * dashboards made for it show us too.
 */
public final class Metrics implements SyncObserver, ProbeObserver, AutoCloseable {
  private static final Duration[] SYNC_BUCKETS =
      IntStream.range(0, 15).mapToObj(i -> Duration.ofMillis(1L << i)).toArray(Duration[]::new);
  private static final Duration[] PROGRAMMING_BUCKETS =
      DoubleStream.of(0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300)
          .mapToObj(seconds -> Duration.ofMillis((long) (seconds * 1000)))
          .toArray(Duration[]::new);

  private static final Duration[] PROBE_BUCKETS =
      IntStream.range(0, 13)
          .mapToObj(i -> Duration.ofNanos(250_000L << i))
          .toArray(Duration[]::new);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final Timer syncs =
      Timer.builder("kubeproxy.sync.proxy.rules.duration")
          .description("Time of one write to the kernel")
          .serviceLevelObjectives(SYNC_BUCKETS)
          .register(registry);
  private final Timer programming =
      Timer.builder("kubeproxy.network.programming.duration")
          .description("From the change of a Pod or Service to the kernel")
          .serviceLevelObjectives(PROGRAMMING_BUCKETS)
          .register(registry);
  private final Counter endpointChanges =
      counter("kubeproxy.sync.proxy.rules.endpoint.changes", "Changed EndpointSlices");
  private final Counter serviceChanges =
      counter("kubeproxy.sync.proxy.rules.service.changes", "Changed Services");
  private final Counter failures =
      counter("kubeproxy.sync.proxy.rules.nftables.sync.failures", "Writes the kernel refused");
  private final Counter missing = drift("missing");
  private final Counter stale = drift("stale");
  private final Counter foreign = drift("foreign");
  private final Map<IpFamily, Timer> sweeps = byFamily(this::sweeps);
  private final Map<IpFamily, Counter> ended =
      byFamily(
          family ->
              ofFamily(
                  "kubeproxy.conntrack.reconciler.deleted.entries",
                  "Stale UDP flows that were ended",
                  family));
  private final Map<IpFamily, Counter> kept =
      byFamily(
          family ->
              ofFamily(
                  "portolan.conntrack.failures", "Times stale flows could not be ended", family));
  private final AtomicInteger services = gauge("portolan.services", "Service ports in the kernel");
  private final AtomicInteger endpoints = gauge("portolan.endpoints", "Endpoints in the kernel");
  private final MultiGauge revision =
      MultiGauge.builder("portolan.revision.info")
          .description("The revision whose settings the kernel holds")
          .register(registry);

  private final MultiGauge modes =
      MultiGauge.builder("portolan.mode.info")
          .description("The mode that serves, and its backend where it has several")
          .register(registry);
  private final Counter switchFailures =
      counter(
          "portolan.switch.failures", "Ways to another mode that failed; the one before serves");

  private volatile double lastSync;
  private volatile LongSupplier loopback = () -> 0;
  private SyncState.Phase phase = SyncState.Phase.WAITING;
  private SyncState.@Nullable Held shown;

  public Metrics() {
    Gauge.builder("kubeproxy.sync.proxy.rules.last.timestamp", this, m -> m.lastSync)
        .description("When the kernel was last written")
        .baseUnit("seconds")
        .register(registry);
    FunctionCounter.builder(
            "kubeproxy.iptables.localhost.nodeports.accepted.packets",
            this,
            m -> m.loopback.getAsLong())
        .description("Packets to NodePorts on loopback that mode iptables has taken")
        .register(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    gc.bindTo(registry);
  }

  /** Adds the number of changes that wait for the loop. */
  public void pending(IntSupplier pending) {
    Gauge.builder("portolan.sync.pending", pending, IntSupplier::getAsInt)
        .description("Changes that wait to be planned")
        .strongReference(true)
        .register(registry);
  }

  /** Says who knows how many packets NodePorts on loopback have taken. */
  public void loopback(LongSupplier packets) {
    loopback = packets;
  }

  /** Everything, in Prometheus' text format. */
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void changes(int services, int slices) {
    serviceChanges.increment(services);
    endpointChanges.increment(slices);
  }

  @Override
  public void written(Duration took, List<Duration> programmed) {
    syncs.record(took);
    programmed.forEach(programming::record);
    lastSync = System.currentTimeMillis() / 1000.0;
  }

  @Override
  public void audited(Audit audit) {
    missing.increment(audit.missing());
    stale.increment(audit.stale());
    foreign.increment(audit.foreign());
  }

  @Override
  public void failed() {
    failures.increment();
  }

  @Override
  public void flowsEnded(IpFamily family, int flows, Duration took) {
    Objects.requireNonNull(sweeps.get(family)).record(took);
    Objects.requireNonNull(ended.get(family)).increment(flows);
  }

  @Override
  public void flowsKept(IpFamily family) {
    Objects.requireNonNull(kept.get(family)).increment();
  }

  @Override
  public void probed(Route route, Outcome outcome) {
    switch (outcome) {
      case Outcome.Answered answered -> {
        probes(route, "ok").increment();
        latency(route).record(Duration.ofNanos(answered.nanos()));
      }
      case Outcome.Failed failed -> probes(route, "failed").increment();
      case Outcome.Excused excused -> probes(route, "void").increment();
    }
  }

  @Override
  public void state(SyncState state) {
    SyncState.Held held = state.held();
    services.set(held == null ? 0 : held.services());
    endpoints.set(held == null ? 0 : held.endpoints());
    if (held == null ? shown != null : !held.sameBut(shown)) {
      revision.register(held == null ? List.of() : List.of(row("revision", held.revision())), true);
      modes.register(held == null ? List.of() : mode(held), true);
    }
    shown = held;
    if (state.phase() == SyncState.Phase.SWITCH_FAILED && phase != state.phase()) {
      switchFailures.increment();
    }
    phase = state.phase();
  }

  private static MultiGauge.Row<?> row(String... tags) {
    return MultiGauge.Row.of(Tags.of(tags), 1);
  }

  private static List<MultiGauge.Row<?>> mode(SyncState.Held held) {
    Mode mode = held.mode();
    return mode == null ? List.of() : List.of(row("mode", mode.word(), "backend", held.backend()));
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private Timer sweeps(IpFamily family) {
    return Timer.builder("kubeproxy.conntrack.reconciler.sync.duration")
        .description("Time of one search for stale UDP flows, and of ending them")
        .tag("ip_family", name(family))
        .serviceLevelObjectives(SYNC_BUCKETS)
        .register(registry);
  }

  private Counter ofFamily(String name, String description, IpFamily family) {
    return Counter.builder(name)
        .description(description)
        .tag("ip_family", name(family))
        .register(registry);
  }

  /** The registry gives the same one again; they begin with the route's first connection. */
  private Counter probes(Route route, String outcome) {
    return Counter.builder("portolan.probes")
        .description("Connections through the probe Service")
        .tag("path", name(route.path()))
        .tag("ip_family", name(route.family()))
        .tag("outcome", outcome)
        .register(registry);
  }

  private Timer latency(Route route) {
    // With all outcomes there from the start, a rate of failures can be told from no failures.
    probes(route, "failed");
    probes(route, "void");
    return Timer.builder("portolan.probe.duration")
        .description("Time until a connection through the probe Service was answered")
        .tag("path", name(route.path()))
        .tag("ip_family", name(route.family()))
        .serviceLevelObjectives(PROBE_BUCKETS)
        .register(registry);
  }

  private static String name(ProbePath path) {
    return path == ProbePath.POD ? "pod" : "node";
  }

  private static <T> Map<IpFamily, T> byFamily(Function<IpFamily, T> meter) {
    return Arrays.stream(IpFamily.values()).collect(Collectors.toMap(f -> f, meter));
  }

  /** As Kubernetes writes it. */
  private static String name(IpFamily family) {
    return family == IpFamily.IPV4 ? "IPv4" : "IPv6";
  }

  private Counter drift(String kind) {
    return Counter.builder("portolan.drift.entries")
        .description("Entries in which audits found the kernel to differ from the plan")
        .tag("kind", kind)
        .register(registry);
  }

  private AtomicInteger gauge(String name, String description) {
    var value = new AtomicInteger();
    Gauge.builder(name, value, AtomicInteger::get).description(description).register(registry);
    return value;
  }
}
