package io.portolan.agent;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.agent.dataplane.Variant;
import io.portolan.agent.dataplane.iptables.LoopbackCount;
import io.portolan.agent.dataplane.iptables.Processes;
import io.portolan.agent.health.HealthServer;
import io.portolan.agent.health.Probes;
import io.portolan.agent.health.ServiceHealthServer;
import io.portolan.agent.health.StandInPorts;
import io.portolan.agent.kernel.AddressWatch;
import io.portolan.agent.others.Neighbours;
import io.portolan.agent.others.OtherProxy;
import io.portolan.agent.plan.HealthCheck;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.probe.Outcome;
import io.portolan.agent.probe.ProbeObserver;
import io.portolan.agent.probe.Prober;
import io.portolan.agent.probe.Route;
import io.portolan.agent.report.Metrics;
import io.portolan.agent.report.StatusReporter;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.sync.Backoff;
import io.portolan.agent.sync.Change;
import io.portolan.agent.sync.FlowCleaner;
import io.portolan.agent.sync.NodeTuning;
import io.portolan.agent.sync.SyncHealth;
import io.portolan.agent.sync.SyncLoop;
import io.portolan.agent.sync.SyncObserver;
import io.portolan.agent.sync.SyncState;
import io.portolan.agent.watch.ClusterWatch;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.NodeProbes;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.TakeoverPhase;
import io.portolan.api.v1alpha1.Versions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The parts of the agent, put together. */
final class Agent implements AutoCloseable {
  private static final Backoff KERNEL = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));
  private static final Duration CALM = Duration.ofSeconds(10);

  private final Metrics metrics = new Metrics();
  private final StatusReporter reporter;
  private final ServiceHealthServer serviceHealth;
  private final Prober prober;
  private final SyncLoop loop;
  private final AddressWatch addresses;
  private final ClusterWatch watch;
  private final HealthServer health;
  private final StandInPorts standIn;
  private volatile @Nullable Mode mode;

  /**
   * Starts everything, in the network namespace of this thread.
   *
   * @param variants every way to program the kernel, the best first
   * @param neighbours finds other service proxies, given which TCP ports are our own
   * @param cleaner opens what ends stale flows
   * @param probeService what to connect through to see whether Services work; null: nothing
   * @param httpPort 0 for any free one
   */
  Agent(
      KubernetesClient client,
      String nodeName,
      List<? extends Variant> variants,
      Function<IntPredicate, ? extends Neighbours> neighbours,
      Supplier<? extends FlowCleaner> cleaner,
      NodeTuning tuning,
      Versions versions,
      @Nullable ServiceName probeService,
      int httpPort) {
    reporter = new StatusReporter(client, nodeName, versions, CALM);
    serviceHealth = new ServiceHealthServer(this::proxyHealthy);
    standIn =
        new StandInPorts(
            httpPort,
            () -> Probes.healthz(loopHealth(), nodeLeaving()),
            () -> Probes.livez(loopHealth(), true),
            this::mode,
            metrics::scrape);
    SyncObserver ports =
        new SyncObserver() {
          @Override
          public void serves(List<HealthCheck> checks, NodeFacts node) {
            serviceHealth.serve(checks, node.nodePortAddresses());
          }

          @Override
          public void state(SyncState state) {
            mode = state.held() == null ? null : state.held().mode();
            standIn.serve(standsIn(state));
          }
        };
    prober =
        new Prober(
            probeService,
            new ProbeObserver() {
              @Override
              public void probed(Route route, Outcome outcome) {
                metrics.probed(route, outcome);
              }

              @Override
              public void found(NodeProbes probes) {
                reporter.found(probes);
              }
            });
    loop =
        new SyncLoop(
            nodeName,
            variants,
            prober,
            neighbours.apply(port -> port == httpPort || standIn.holds(port)),
            cleaner,
            tuning,
            SyncObserver.both(
                prober, SyncObserver.both(SyncObserver.both(metrics, reporter), ports)),
            KERNEL);
    addresses = new AddressWatch(now -> loop.offer(new Change.OfAddresses(now)));
    watch = new ClusterWatch(client, nodeName, loop::offer, this::observed);
    metrics.pending(loop::pending);
    var loopback = new LoopbackCount(new Processes());
    metrics.loopback(() -> mode == Mode.IPTABLES ? loopback.packets() : 0);
    health =
        HealthServer.start(
            httpPort,
            () -> Probes.healthz(loop.health(), watch.nodeLeaving()),
            () -> Probes.livez(loop.health(), watch.alive()),
            metrics::scrape);
    addresses.start();
    prober.start();
    loop.start();
    reporter.start();
    watch.start();
  }

  private void observed(Optional<NodeProxy> nodeProxy) {
    prober.known(nodeProxy.map(NodeProxy::getStatus).map(NodeProxyStatus::probes).orElse(null));
    reporter.observed(nodeProxy);
  }

  /** While kube-proxy runs, or shall come back, its ports are its own. */
  private static boolean standsIn(SyncState state) {
    boolean other =
        state.others().stream()
            .anyMatch(o -> o.running() && o.kind() == OtherProxy.Kind.KUBE_PROXY);
    return switch (state.phase()) {
      case SYNCED, SWITCHING, SWITCH_FAILED, FAILED, REFUSED ->
          !other && state.held() != null && !givingBack(state);
      case WAITING, OTHER_PROXY, TAKING_OVER, GIVING_BACK, GIVEN_BACK, REMOVED -> false;
    };
  }

  private static boolean givingBack(SyncState state) {
    return state.takeover() != null && state.takeover().phase() == TakeoverPhase.GIVING_BACK;
  }

  private SyncHealth loopHealth() {
    return loop.health();
  }

  private boolean nodeLeaving() {
    return watch.nodeLeaving();
  }

  /** The mode that serves, in one word. */
  private String mode() {
    Mode now = mode;
    return now == null ? "none" : now.word();
  }

  private boolean proxyHealthy() {
    return Probes.proxy(loop.health()).healthy();
  }

  int httpPort() {
    return health.port();
  }

  /** Stops everything within a few seconds; the kernel keeps its state. */
  @Override
  public void close() {
    health.close();
    standIn.close();
    loop.close();
    prober.close();
    serviceHealth.close();
    addresses.close();
    reporter.close();
    watch.close();
    metrics.close();
  }
}
