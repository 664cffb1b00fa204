package io.portolan.agent.dataplane.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.Eventually;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.others.Neighbours;
import io.portolan.agent.plan.AffinityRule;
import io.portolan.agent.plan.OpeningFlows;
import io.portolan.agent.plan.OwnNode;
import io.portolan.agent.plan.StaleFlows;
import io.portolan.agent.plan.TrafficRule;
import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.SliceEndpoint;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.service.SlicePort;
import io.portolan.agent.service.TrafficPolicy;
import io.portolan.agent.switching.Tryout;
import io.portolan.agent.sync.Backoff;
import io.portolan.agent.sync.Change;
import io.portolan.agent.sync.ConntrackCleaner;
import io.portolan.agent.sync.FlowCleaner;
import io.portolan.agent.sync.NodeTuning;
import io.portolan.agent.sync.Orders;
import io.portolan.agent.sync.RecordingVariant;
import io.portolan.agent.sync.SyncLoop;
import io.portolan.agent.sync.SyncObserver;
import io.portolan.api.v1alpha1.LogLevel;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole loop, with packets of clients that keep their source port. */
@Timeout(120)
@DisplayName("UDP flows of a client that never stops")
class StaleFlowTrafficTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int NODE_PORT = 30081;
  private static Testbed bed;

  private final AtomicInteger writes = new AtomicInteger();
  private DatagramSocket client;
  private @Nullable SyncLoop loop;

  @BeforeAll
  static void open() {
    bed = new Testbed(2);
  }

  @AfterAll
  static void close() {
    if (bed != null) {
      bed.close();
    }
  }

  @BeforeEach
  void start() {
    bed.node().exec("conntrack", "-F");
    client = bed.client().call(DatagramSocket::new);
  }

  @AfterEach
  void stop() {
    if (loop != null) {
      loop.close();
    }
    try (var dataplane = bed.node().call(NftablesDataplane::open)) {
      dataplane.remove();
    }
    client.close();
  }

  @ParameterizedTest(name = "IPv6 {0}, to {1}")
  @CsvSource({"false,ClusterIP", "false,NodePort", "true,ClusterIP", "true,NodePort"})
  @DisplayName("it moves to the new endpoint, with the socket that it has")
  void moves(boolean v6, String kind) {
    start(() -> bed.node().call(ConntrackCleaner::open));
    service(v6);
    endpoint(v6, 1);
    Eventually.holds(SOON, () -> assertThat(ask(v6, kind)).startsWith("pod1 "));
    endpoint(v6, 2);
    Eventually.holds(SOON, () -> assertThat(ask(v6, kind)).startsWith("pod2 "));
  }

  @Test
  @DisplayName("without cleaning the kernel would send it to the old endpoint for ever")
  void wouldStay() throws Exception {
    start(
        () ->
            new FlowCleaner() {
              @Override
              public int clean(IpFamily family, StaleFlows stale) {
                return 0;
              }

              @Override
              public int clean(IpFamily family, OpeningFlows opening) {
                return 0;
              }

              @Override
              public void close() {}
            });
    service(false);
    endpoint(false, 1);
    Eventually.holds(SOON, () -> assertThat(ask(false, "ClusterIP")).startsWith("pod1 "));
    int before = writes.get();
    endpoint(false, 2);
    Eventually.holds(SOON, () -> assertThat(writes).hasValueGreaterThan(before));
    Eventually.stays(Duration.ofMillis(500), () -> ask(false, "ClusterIP"));
    assertThat(ask(false, "ClusterIP")).startsWith("pod1 ");
  }

  @ParameterizedTest(name = "IPv6 {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("one that began before there was a Service reaches it")
  void beganBefore(boolean v6) {
    start(() -> bed.node().call(ConntrackCleaner::open));
    Eventually.holds(SOON, () -> assertThat(writes).hasPositiveValue());
    assertThat(ask(v6, "NodePort")).isEmpty();
    service(v6);
    endpoint(v6, 1);
    Eventually.holds(SOON, () -> assertThat(ask(v6, "NodePort")).startsWith("pod1 "));
  }

  @Test
  @DisplayName("one to an endpoint that stays is not touched when others come and go")
  void stays() {
    start(() -> bed.node().call(ConntrackCleaner::open));
    service(false);
    endpoint(false, 1);
    Eventually.holds(SOON, () -> assertThat(ask(false, "ClusterIP")).startsWith("pod1 "));
    String entry = bed.node().exec("sh", "-c", "conntrack -L -p udp -o id 2>/dev/null");
    int before = writes.get();
    endpoint(false, 1, 2);
    Eventually.holds(SOON, () -> assertThat(writes).hasValueGreaterThan(before));
    endpoint(false, 1);
    Eventually.holds(SOON, () -> assertThat(writes).hasValueGreaterThan(before + 1));
    assertThat(ask(false, "ClusterIP")).startsWith("pod1 ");
    String id = entry.substring(entry.indexOf(" id=")).strip();
    assertThat(bed.node().exec("sh", "-c", "conntrack -L -p udp -o id 2>/dev/null")).contains(id);
  }

  private void start(Supplier<? extends FlowCleaner> cleaner) {
    var started =
        new SyncLoop(
            "node",
            List.of(RecordingVariant.nftables(() -> bed.node().call(NftablesDataplane::open))),
            Tryout.NONE,
            Neighbours.NONE,
            cleaner,
            new NodeTuning(new Sysctl(Path.of("nowhere")), 1, level -> {}),
            new SyncObserver() {
              @Override
              public void written(Duration took, List<Duration> programming) {
                writes.incrementAndGet();
              }
            },
            new Backoff(Duration.ofMillis(50), Duration.ofMillis(200)));
    started.offer(
        new Change.OfNode(
            new OwnNode(
                List.of(Ip.parse("192.168.50.1"), Ip.parse("fd50::1")), List.of(), "", false)));
    started.offer(
        new Change.OfOrders(
            new Orders(
                1,
                "r1",
                false,
                RecordingVariant.NFTABLES,
                null,
                false,
                TrafficRule.DEFAULT,
                AffinityRule.AS_ASKED,
                Duration.ZERO,
                Duration.ofHours(1),
                null,
                LogLevel.INFO)));
    for (Change.Source source : Change.Source.values()) {
      started.offer(new Change.Listed(source));
    }
    started.start();
    loop = started;
  }

  private void offer(Change change) {
    Objects.requireNonNull(loop).offer(change);
  }

  private void service(boolean v6) {
    var service =
        new Service(
            new ServiceName("test", "dns"),
            List.of(Ip.parse(vip(v6))),
            List.of(new ServicePort("u", Protocol.UDP, 53, NODE_PORT)),
            TrafficPolicy.CLUSTER,
            External.NONE,
            Affinity.NONE);
    offer(new Change.OfService(service.name(), service));
  }

  private void endpoint(boolean v6, int... pods) {
    var slice =
        new EndpointSlice(
            new SliceName("test", "dns-1"),
            new ServiceName("test", "dns"),
            v6 ? IpFamily.IPV6 : IpFamily.IPV4,
            List.of(new SlicePort("u", Protocol.UDP, Testbed.PORT)),
            Arrays.stream(pods)
                .mapToObj(
                    pod ->
                        new SliceEndpoint(
                            Ip.parse(Testbed.podIp(pod, v6)),
                            true,
                            true,
                            false,
                            "node",
                            List.of(),
                            List.of()))
                .toList());
    offer(new Change.OfSlice(slice.name(), slice, null));
  }

  private static String vip(boolean v6) {
    return v6 ? "fd96::53" : "10.96.0.53";
  }

  /** What the client hears within half a second, with its one socket; nothing: empty. */
  private String ask(boolean v6, String kind) {
    boolean vip = kind.equals("ClusterIP");
    String address = vip ? vip(v6) : v6 ? "fd50::1" : "192.168.50.1";
    try {
      client.setSoTimeout(500);
      client.send(
          new DatagramPacket(
              new byte[] {1},
              1,
              new InetSocketAddress(InetAddress.ofLiteral(address), vip ? 53 : NODE_PORT)));
      var answer = new DatagramPacket(new byte[200], 200);
      client.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    } catch (SocketTimeoutException e) {
      return "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
