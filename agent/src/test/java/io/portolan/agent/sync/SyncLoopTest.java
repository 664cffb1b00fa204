package io.portolan.agent.sync;

import static io.portolan.agent.plan.Samples.key;
import static io.portolan.agent.plan.Samples.ready;
import static io.portolan.agent.plan.Samples.service;
import static io.portolan.agent.plan.Samples.slice;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.Eventually;
import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.others.Neighbours;
import io.portolan.agent.plan.AffinityRule;
import io.portolan.agent.plan.HealthCheck;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.OwnNode;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.plan.StaleFlows.Destination;
import io.portolan.agent.plan.TrafficRule;
import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.SliceEndpoint;
import io.portolan.agent.service.SlicePort;
import io.portolan.agent.service.TrafficPolicy;
import io.portolan.agent.switching.Tryout;
import io.portolan.api.v1alpha1.LogLevel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SyncLoopTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration QUIET = Duration.ofMillis(300);

  private final RecordingDataplane kernel = new RecordingDataplane();
  private final RecordingCleaner flows = new RecordingCleaner(kernel::calls);
  private final List<SyncState> states = new CopyOnWriteArrayList<>();
  private final List<Duration> programming = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger flowsEnded = new AtomicInteger();
  private final AtomicInteger flowsKept = new AtomicInteger();
  private final List<Audit> audits = new CopyOnWriteArrayList<>();
  private volatile List<HealthCheck> checks = List.of();
  private final SyncLoop loop =
      new SyncLoop(
          "a",
          List.of(RecordingVariant.nftables(() -> kernel)),
          Tryout.NONE,
          Neighbours.NONE,
          () -> flows,
          new NodeTuning(new Sysctl(Path.of("nowhere")), 1, level -> {}),
          new SyncObserver() {
            @Override
            public void state(SyncState state) {
              states.add(state);
            }

            @Override
            public void written(Duration took, List<Duration> delays) {
              programming.addAll(delays);
            }

            @Override
            public void serves(List<HealthCheck> now, NodeFacts node) {
              checks = now;
            }

            @Override
            public void flowsEnded(IpFamily family, int ended, Duration took) {
              flowsEnded.addAndGet(ended);
            }

            @Override
            public void flowsKept(IpFamily family) {
              flowsKept.incrementAndGet();
            }

            @Override
            public void audited(Audit audit) {
              audits.add(audit);
            }
          },
          new Backoff(Duration.ofMillis(50), Duration.ofMillis(200)));

  @AfterEach
  void stop() {
    loop.close();
  }

  private static Orders orders(long generation, boolean removed, Duration min, Duration audit) {
    return new Orders(
        generation,
        "r" + generation,
        removed,
        RecordingVariant.NFTABLES,
        null,
        false,
        TrafficRule.DEFAULT,
        AffinityRule.AS_ASKED,
        min,
        audit,
        null,
        LogLevel.INFO);
  }

  private static Orders orders(long generation) {
    return orders(generation, false, Duration.ZERO, Duration.ofHours(1));
  }

  private void put(Service service) {
    loop.offer(new Change.OfService(service.name(), service));
  }

  private void put(EndpointSlice slice, @Nullable Instant trigger) {
    loop.offer(new Change.OfSlice(slice.name(), slice, trigger));
  }

  private void listed() {
    for (Change.Source source : Change.Source.values()) {
      loop.offer(new Change.Listed(source));
    }
  }

  private SyncState last() {
    return states.getLast();
  }

  private void await(SyncState.Phase phase) {
    Eventually.holds(SOON, () -> assertThat(last().phase()).isEqualTo(phase));
  }

  /** One Service with one endpoint is in the kernel. */
  private void serving(Orders orders) {
    put(service("web", "10.0.0.1", 80, 0));
    put(slice("s", "web", 8080, ready("10.1.0.1", "a")), null);
    loop.offer(new Change.OfOrders(orders));
    listed();
    loop.start();
    await(SyncState.Phase.SYNCED);
  }

  @Test
  @DisplayName("nothing touches the kernel before every source is listed and there are orders")
  void waits() throws Exception {
    loop.start();
    put(service("web", "10.0.0.1", 80, 0));
    loop.offer(new Change.OfOrders(orders(1)));
    loop.offer(new Change.Listed(Change.Source.SERVICES));
    loop.offer(new Change.Listed(Change.Source.NODE));
    loop.offer(new Change.Listed(Change.Source.NODE_PROXY));
    loop.offer(new Change.Listed(Change.Source.SERVICE_CIDRS));
    await(SyncState.Phase.WAITING);
    Eventually.stays(QUIET, kernel::calls);
    assertThat(kernel.calls()).isEmpty();
    assertThat(loop.health().lastUpdated()).isNull();
    loop.offer(new Change.Listed(Change.Source.ENDPOINT_SLICES));
    await(SyncState.Phase.SYNCED);
    assertThat(kernel.calls()).containsExactly("replace");
  }

  @Test
  @DisplayName("without a NodeProxy the kernel is left alone")
  void noOrders() throws Exception {
    loop.start();
    put(service("web", "10.0.0.1", 80, 0));
    listed();
    await(SyncState.Phase.WAITING);
    Eventually.stays(QUIET, kernel::calls);
    assertThat(kernel.calls()).isEmpty();
  }

  @Test
  @DisplayName("the first write is the whole plan, the next ones only what changed")
  void deltas() {
    put(service("other", "10.0.0.2", 80, 0));
    serving(orders(1));
    assertThat(kernel.calls()).containsExactly("replace");
    assertThat(kernel.held().ports()).hasSize(2);
    put(slice("s", "web", 8080, ready("10.1.0.1", "a"), ready("10.1.0.2", "b")), null);
    Eventually.holds(SOON, () -> assertThat(kernel.deltas()).hasSize(1));
    assertThat(kernel.deltas().getFirst().changed())
        .singleElement()
        .satisfies(
            port -> {
              assertThat(port.key()).isEqualTo(key("web"));
              assertThat(Samples.ips(port)).containsExactly("10.1.0.1", "10.1.0.2");
            });
    Eventually.holds(
        SOON,
        () -> {
          SyncState.Held held = Objects.requireNonNull(last().held());
          assertThat(held.endpoints()).isEqualTo(2);
          assertThat(held.services()).isEqualTo(2);
          assertThat(held.revision()).isEqualTo("r1");
        });
  }

  @Test
  @DisplayName("what is queued while the loop is busy goes out in one write")
  void coalesces() {
    put(service("web", "10.0.0.1", 80, 0));
    loop.offer(new Change.OfOrders(orders(1, false, Duration.ofMillis(300), Duration.ZERO)));
    listed();
    loop.start();
    await(SyncState.Phase.SYNCED);
    for (int i = 1; i <= 200; i++) {
      put(slice("s", "web", 8080, ready("10.1.0." + i, "a")), null);
    }
    Eventually.holds(
        SOON,
        () ->
            assertThat(Samples.ips(kernel.held().ports().get(key("web"))))
                .containsExactly("10.1.0.200"));
    assertThat(kernel.calls()).containsExactly("replace", "apply");
  }

  @Test
  @DisplayName("a change that leaves the plan as it is writes nothing")
  void noChange() throws Exception {
    serving(orders(1));
    put(service("web", "10.0.0.1", 80, 0));
    put(slice("s", "web", 8080, ready("10.1.0.1", "a")), null);
    Eventually.stays(QUIET, kernel::calls);
    assertThat(kernel.calls()).containsExactly("replace");
    assertThat(loop.health().outstanding()).isZero();
  }

  @Test
  @DisplayName("what the kernel refuses is tried again as a whole, and told in its own words")
  void retries() {
    serving(orders(1));
    kernel.refuse(3, "table full");
    put(slice("s", "web", 8080, ready("10.1.0.9", "a")), null);
    Eventually.holds(
        SOON,
        () ->
            assertThat(kernel.calls())
                .containsExactly(
                    "replace", "apply refused", "replace refused", "replace refused", "replace"));
    await(SyncState.Phase.SYNCED);
    assertThat(states)
        .anySatisfy(
            state -> {
              assertThat(state.phase()).isEqualTo(SyncState.Phase.FAILED);
              assertThat(state.message()).isEqualTo("table full");
            });
    assertThat(Samples.ips(kernel.held().ports().get(key("web")))).containsExactly("10.1.0.9");
  }

  @Test
  @DisplayName("an audit repairs what another hand changed, and counts it")
  void audit() {
    serving(orders(1, false, Duration.ZERO, Duration.ofMillis(100)));
    kernel.lose();
    Eventually.holds(SOON, () -> assertThat(last().drift().missing()).isEqualTo(1));
    assertThat(kernel.held().ports()).hasSize(1);
    Eventually.holds(SOON, () -> assertThat(audits).anyMatch(Audit::clean));
    assertThat(last().phase()).isEqualTo(SyncState.Phase.SYNCED);
  }

  @Test
  @DisplayName("new settings are applied live, and their revision is told when they hold")
  void settings() {
    var web = service("web", "10.0.0.1", 80, 0);
    put(
        new Service(
            web.name(),
            web.clusterIps(),
            web.ports(),
            web.internalPolicy(),
            web.external(),
            Affinity.UNTIMED));
    loop.offer(new Change.OfOrders(orders(1)));
    loop.offer(
        new Change.OfNode(new OwnNode(List.of(Ip.parse("192.168.0.5")), List.of(), "", false)));
    listed();
    loop.start();
    await(SyncState.Phase.SYNCED);
    assertThat(kernel.held().node().nodePortAddresses()).containsExactly(Ip.parse("192.168.0.5"));
    loop.offer(
        new Change.OfOrders(
            new Orders(
                2,
                "r2",
                false,
                RecordingVariant.NFTABLES,
                null,
                false,
                new TrafficRule(null, true, true, List.of(), false),
                new AffinityRule(600, 6000),
                Duration.ZERO,
                Duration.ofHours(1),
                null,
                LogLevel.INFO)));
    Eventually.holds(
        SOON,
        () -> {
          SyncState.Held held = Objects.requireNonNull(last().held());
          assertThat(held.revision()).isEqualTo("r2");
          assertThat(last().generation()).isEqualTo(2);
        });
    assertThat(kernel.calls()).containsExactly("replace", "apply");
    assertThat(kernel.held().node().masqueradeAll()).isTrue();
    assertThat(flows.opened()).as("asked for unanswered connections, per family").isEqualTo(2);
    assertThat(kernel.held().ports().get(key("web")))
        .isNotNull()
        .satisfies(port -> assertThat(port.affinitySeconds()).isEqualTo(600));
  }

  @Test
  @DisplayName("orders without sense are told, and those before stay in force")
  void refused() {
    serving(orders(1));
    loop.offer(new Change.Refused(2, "spec: sync.minInterval: often"));
    await(SyncState.Phase.REFUSED);
    assertThat(last().generation()).isEqualTo(2);
    put(service("other", "10.0.0.2", 80, 0));
    Eventually.holds(SOON, () -> assertThat(kernel.held().ports()).hasSize(2));
    loop.offer(new Change.OfOrders(orders(3)));
    await(SyncState.Phase.SYNCED);
  }

  @Test
  @DisplayName("ordered to, it removes everything of ours once; ordered back, it programs all anew")
  void removal() throws Exception {
    serving(orders(1));
    loop.offer(new Change.OfOrders(orders(2, true, Duration.ZERO, Duration.ofHours(1))));
    await(SyncState.Phase.REMOVED);
    assertThat(last().generation()).isEqualTo(2);
    assertThat(last().held()).isNull();
    put(service("other", "10.0.0.2", 80, 0));
    Eventually.stays(QUIET, kernel::calls);
    assertThat(kernel.calls()).containsExactly("replace", "remove");
    loop.offer(new Change.OfOrders(orders(3)));
    await(SyncState.Phase.SYNCED);
    assertThat(kernel.calls()).containsExactly("replace", "remove", "replace");
    assertThat(kernel.held().ports()).hasSize(2);
  }

  @Test
  @DisplayName("a removal that the kernel refuses is tried again")
  void removalRetried() {
    serving(orders(1));
    kernel.refuse(1, "busy");
    loop.offer(new Change.OfOrders(orders(2, true, Duration.ZERO, Duration.ofHours(1))));
    await(SyncState.Phase.REMOVED);
    assertThat(kernel.calls()).containsExactly("replace", "remove refused", "remove");
  }

  @Test
  @DisplayName("health checks are told when the kernel holds the plan, and none after a removal")
  void healthChecks() {
    Service web = service("web", "10.0.0.1", 80, 30080);
    var external = new External(TrafficPolicy.LOCAL, List.of(), List.of(), List.of(), 31000);
    put(
        new Service(
            web.name(),
            web.clusterIps(),
            web.ports(),
            web.internalPolicy(),
            external,
            web.affinity()));
    loop.offer(new Change.OfOrders(orders(1)));
    listed();
    loop.start();
    await(SyncState.Phase.SYNCED);
    put(slice("s", "web", 8080, ready("10.1.0.1", "a"), ready("10.1.0.2", "b")), null);
    told(new HealthCheck(web.name(), IpFamily.IPV4, 31000, 1));
    put(slice("s", "web", 8080, ready("10.1.0.1", "a"), ready("10.1.0.2", "a")), null);
    told(new HealthCheck(web.name(), IpFamily.IPV4, 31000, 2));
    kernel.refuse(1, "busy");
    put(slice("s", "web", 8080, ready("10.1.0.2", "a")), null);
    told(new HealthCheck(web.name(), IpFamily.IPV4, 31000, 1));
    loop.offer(new Change.OfOrders(orders(2, true, Duration.ZERO, Duration.ofHours(1))));
    told();
    loop.offer(new Change.OfOrders(orders(3)));
    told(new HealthCheck(web.name(), IpFamily.IPV4, 31000, 1));
    loop.offer(new Change.OfService(web.name(), null));
    told();
  }

  private void told(HealthCheck... expected) {
    Eventually.holds(SOON, () -> assertThat(checks).containsExactly(expected));
  }

  @Test
  @DisplayName("Service ranges of the cluster become facts of the plan, and leave it again")
  void serviceCidrs() {
    serving(orders(1));
    var ranges = List.of(Cidr.parse("10.0.0.0/16"), Cidr.parse("fd00::/112"));
    loop.offer(new Change.OfServiceCidrs(ranges));
    Eventually.holds(
        SOON, () -> assertThat(kernel.held().node().serviceRanges()).isEqualTo(ranges));
    loop.offer(new Change.OfServiceCidrs(List.of()));
    Eventually.holds(SOON, () -> assertThat(kernel.held().node().serviceRanges()).isEmpty());
    assertThat(kernel.calls()).containsExactly("replace", "apply", "apply");
  }

  @Test
  @DisplayName("the time from cause to kernel is told for changes since the start alone")
  void programmingTime() {
    serving(orders(1));
    put(slice("s", "web", 8080, ready("10.1.0.2", "a")), Instant.now().minusSeconds(3600));
    put(slice("t", "web", 8080, ready("10.1.0.3", "a")), Instant.now());
    Eventually.holds(SOON, () -> assertThat(programming).hasSize(1));
    assertThat(programming.getFirst()).isBetween(Duration.ZERO, SOON);
  }

  @Test
  @DisplayName("stopping leaves the kernel as it is")
  void stopping() {
    serving(orders(1));
    loop.close();
    assertThat(kernel.held().ports()).hasSize(1);
    assertThat(kernel.calls()).containsExactly("replace");
    assertThat(loop.health().alive()).isFalse();
  }

  private static final Destination DNS = new Destination(Ip.parse("10.0.0.53"), 53);
  private static final Destination LOG = new Destination(Ip.parse("10.0.0.54"), 514);

  private void putUdp(String name, Destination at, String... endpoints) {
    var tcp = service(name, Objects.requireNonNull(at.ip()).toString(), at.port(), 0);
    put(
        new Service(
            tcp.name(),
            tcp.clusterIps(),
            List.of(new ServicePort("u", Protocol.UDP, at.port(), 0)),
            tcp.internalPolicy(),
            tcp.external(),
            Affinity.NONE));
    var slice =
        slice(
            name,
            name,
            53,
            Arrays.stream(endpoints).map(ip -> ready(ip, "a")).toArray(SliceEndpoint[]::new));
    put(
        new EndpointSlice(
            slice.name(),
            slice.service(),
            slice.family(),
            List.of(new SlicePort("u", Protocol.UDP, 53)),
            slice.endpoints()),
        null);
  }

  @Test
  @DisplayName("stale flows are ended after each write: at first all, then those to what changed")
  void endsFlows() throws Exception {
    putUdp("dns", DNS, "10.1.0.1");
    putUdp("log", LOG, "10.1.0.1");
    serving(orders(1));
    Eventually.holds(SOON, () -> assertThat(flows.asked()).hasSize(1));
    assertThat(flows.asked().getFirst()).containsExactlyInAnyOrder(DNS, LOG);
    assertThat(flows.kernelCalls().getFirst()).containsExactly("replace");

    putUdp("dns", DNS, "10.1.0.2");
    Eventually.holds(SOON, () -> assertThat(flows.asked()).hasSize(2));
    assertThat(flows.asked().getLast()).containsExactly(DNS);
    assertThat(flows.kernelCalls().getLast().getLast()).isEqualTo("apply");

    put(slice("s", "web", 8080, ready("10.1.0.9", "a")), null);
    Eventually.holds(
        SOON,
        () ->
            assertThat(Samples.ips(kernel.held().ports().get(key("web"))))
                .containsExactly("10.1.0.9"));
    Eventually.stays(QUIET, flows::asked);
    assertThat(flows.asked()).as("TCP alone changed").hasSize(2);
  }

  @Test
  @DisplayName("where the node's addresses change, flows to every NodePort may be stale")
  void endsFlowsOfNewAddresses() {
    putUdp("dns", DNS, "10.1.0.1");
    putUdp("log", LOG, "10.1.0.1");
    serving(orders(1));
    loop.offer(
        new Change.OfNode(new OwnNode(List.of(Ip.parse("192.168.0.5")), List.of(), "", false)));
    Eventually.holds(SOON, () -> assertThat(flows.asked()).hasSize(2));
    assertThat(flows.asked().getLast()).containsExactlyInAnyOrder(DNS, LOG);
  }

  @Test
  @DisplayName("an audit looks for stale flows too")
  void audits() {
    putUdp("dns", DNS, "10.1.0.1");
    serving(orders(1, false, Duration.ZERO, Duration.ofMillis(100)));
    Eventually.holds(SOON, () -> assertThat(flows.asked()).hasSizeGreaterThan(2));
    assertThat(flows.asked()).allSatisfy(asked -> assertThat(asked).containsExactly(DNS));
  }

  @Test
  @DisplayName("that flows cannot be ended fails no write; it is told, and made up for")
  void flowsStay() {
    putUdp("dns", DNS, "10.1.0.1");
    putUdp("log", LOG, "10.1.0.1");
    serving(orders(1));
    flows.refuse(1);
    putUdp("dns", DNS, "10.1.0.2");
    Eventually.holds(
        SOON,
        () -> assertThat(last().complaints()).singleElement().asString().contains("no conntrack"));
    assertThat(last().phase()).isEqualTo(SyncState.Phase.SYNCED);
    assertThat(states).noneMatch(state -> state.phase() == SyncState.Phase.FAILED);
    assertThat(flowsKept).hasValue(1);

    put(slice("s", "web", 8080, ready("10.1.0.9", "a")), null);
    Eventually.holds(SOON, () -> assertThat(last().complaints()).isEmpty());
    assertThat(flows.asked().getLast()).as("what was missed").containsExactlyInAnyOrder(DNS, LOG);
    assertThat(flowsEnded).as("one for each family and sweep").hasValue(2);
  }

  @Test
  @DisplayName("where everything of ours is removed, flows are nobody's business")
  void removedFlows() throws Exception {
    putUdp("dns", DNS, "10.1.0.1");
    loop.offer(new Change.OfOrders(orders(2, true, Duration.ZERO, Duration.ofMillis(50))));
    listed();
    loop.start();
    await(SyncState.Phase.REMOVED);
    putUdp("dns", DNS, "10.1.0.2");
    Eventually.stays(QUIET, flows::asked);
    assertThat(flows.asked()).isEmpty();
  }
}
