package io.portolan.agent.dataplane.nftables;

import static io.portolan.agent.dataplane.nftables.Plans.NODE;
import static io.portolan.agent.dataplane.nftables.Plans.key;
import static io.portolan.agent.dataplane.nftables.Plans.plan;
import static io.portolan.agent.dataplane.nftables.Plans.pods;
import static io.portolan.agent.dataplane.nftables.Plans.port;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.Pools;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("nftables: clients that affinity remembers")
class RememberedClientsTest {
  private static final Duration LONG = Duration.ofSeconds(500);

  private NetworkNamespace node;
  private NftablesDataplane dataplane;

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("clients");
    dataplane = node.call(NftablesDataplane::open);
  }

  @AfterEach
  void close() {
    dataplane.close();
    node.close();
  }

  @ParameterizedTest(name = "IPv6 {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("one that a connection has left goes to another node, and leads to its endpoint")
  void carried(boolean v6) {
    var service = service(v6, 600, 1, 2, 3, 4, 5, 6);
    try (var bed = new Testbed(6);
        var serving = bed.node().call(NftablesDataplane::open)) {
      serving.replace(plan(NODE, service), Doors.OPEN);
      String vip = v6 ? "fd96::10" : "10.96.0.10";
      String pod = bed.client().call(() -> Testbed.tcp(vip, 80)).substring(0, 4);
      var clients = serving.clients();
      assertThat(clients).hasSize(1);
      var client = clients.getFirst();
      assertThat(client.service()).isEqualTo(service.key());
      assertThat(client.client()).isEqualTo(Ip.parse(v6 ? "fd50::2" : "192.168.50.2"));
      assertThat(client.ip())
          .isEqualTo(Ip.parse(Testbed.podIp(Integer.parseInt(pod.substring(3)), v6)));
      assertThat(client.port()).isEqualTo(Testbed.PORT);
      assertThat(client.left()).isBetween(Duration.ofSeconds(500), Duration.ofSeconds(600));

      dataplane.replace(plan(NODE, service), Doors.CLOSED);
      assertThat(dataplane.remember(clients)).isEqualTo(1);
      assertThat(dataplane.clients().getFirst().ip()).isEqualTo(client.ip());

      // And back, where the client's next connection must find it.
      int other = pod.equals("pod1") ? 2 : 1;
      serving.remove();
      serving.replace(plan(NODE, service), Doors.CLOSED);
      var moved = sticky(service.key(), v6, client.client(), other, LONG);
      assertThat(serving.remember(List.of(moved))).isEqualTo(1);
      serving.doors(Doors.OPEN);
      for (int i = 0; i < 10; i++) {
        assertThat(bed.client().call(() -> Testbed.tcp(vip, 80))).startsWith("pod" + other + " ");
      }
      assertThat(serving.clients().getFirst().left()).isGreaterThan(LONG);
    }
  }

  @Test
  @DisplayName("known ones, strangers to the plan and doubles are left out")
  void leftOut() {
    var service = service(false, 600, 1, 2);
    var plain = port(key("plain", Protocol.TCP, false), "10.96.0.11", 0, 0, pods(false, 1));
    assertThatThrownBy(dataplane::clients).isInstanceOf(IllegalStateException.class);
    dataplane.replace(plan(NODE, service, plain), Doors.OPEN);
    var first = sticky(service.key(), false, client(1), 1, LONG);
    assertThat(dataplane.remember(List.of(first, first))).isEqualTo(1);
    var elsewhere = sticky(service.key(), false, client(1), 2, LONG);
    var second = sticky(service.key(), false, client(2), 2, Duration.ofHours(9));
    assertThat(
            dataplane.remember(
                List.of(
                    elsewhere,
                    second,
                    sticky(plain.key(), false, client(3), 1, LONG),
                    sticky(service.key(), false, client(3), 6, LONG),
                    sticky(service.key(), false, client(3), 1, Duration.ZERO),
                    sticky(key("web", Protocol.UDP, false), false, client(3), 1, LONG),
                    sticky(service.key(), false, Ip.parse("fd50::2"), 1, LONG))))
        .isEqualTo(1);
    assertThat(dataplane.clients())
        .extracting(StickyClient::client, StickyClient::ip)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple(client(1), first.ip()),
            org.assertj.core.groups.Tuple.tuple(client(2), second.ip()));
    assertThat(dataplane.clients()).allMatch(c -> c.left().compareTo(Duration.ofMinutes(10)) <= 0);
    assertThat(dataplane.remember(List.of())).isZero();
  }

  @Test
  @DisplayName("the kernel forgets them when their time is over")
  void expires() throws Exception {
    var service = service(false, 600, 1, 2);
    dataplane.replace(plan(NODE, service), Doors.OPEN);
    dataplane.remember(
        List.of(
            sticky(service.key(), false, client(1), 1, Duration.ofMillis(1_500)),
            sticky(service.key(), false, client(2), 1, LONG)));
    assertThat(dataplane.clients()).hasSize(2);
    for (int i = 0; i < 100 && dataplane.clients().size() > 1; i++) {
      Thread.sleep(100);
    }
    assertThat(dataplane.clients())
        .as("within 10 s")
        .extracting(StickyClient::client)
        .containsExactly(client(2));
    assertThat(dataplane.remember(List.of(sticky(service.key(), false, client(1), 2, LONG))))
        .isEqualTo(1);
  }

  @Test
  @DisplayName("both policies of a Service know a client that is carried, and it is told once")
  void bothPolicies() {
    var web = service(false, 600, 1, 2);
    var local =
        new PortPlan(
            web.key(),
            web.frontends(),
            TrafficPolicy.CLUSTER,
            TrafficPolicy.LOCAL,
            new Pools(web.pools().cluster(), pods(false, 1), true),
            List.of(),
            600,
            List.of(),
            0);
    dataplane.replace(plan(NODE, local), Doors.OPEN);
    var client = sticky(web.key(), false, client(1), 1, LONG);
    assertThat(dataplane.remember(List.of(client))).isEqualTo(1);
    assertThat(node.exec("nft", "list map ip portolan affinity").split("192\\.168", -1)).hasSize(3);
    assertThat(dataplane.clients()).hasSize(1);
    assertThat(dataplane.remember(List.of(sticky(web.key(), false, client(2), 2, LONG))))
        .isEqualTo(1);
    assertThat(dataplane.clients()).hasSize(2);
  }

  @Test
  @DisplayName("100,000 clients are carried, and what does not fit is left out")
  void many() {
    var service = service(false, 600, 1, 2, 3);
    Plan plan = plan(NODE, service);
    dataplane.replace(plan, Doors.OPEN);
    assertThat(dataplane.remember(many(service.key(), 0, 100_000))).isEqualTo(100_000);
    var all = dataplane.clients();
    assertThat(all.size()).isEqualTo(100_000);
    try (var other = NetworkNamespace.create("clients-2");
        var second = other.call(NftablesDataplane::open)) {
      second.replace(plan, Doors.CLOSED);
      assertThat(second.remember(all)).isEqualTo(100_000);
      assertThat(second.remember(all)).isZero();
      assertThat(second.remember(many(service.key(), 100_000, 200_000)))
          .isEqualTo(NamedSet.AFFINITY_SIZE - 100_000);
    }
  }

  private static List<StickyClient> many(PortKey service, int from, int count) {
    var clients = new ArrayList<StickyClient>();
    for (int i = from; i < from + count; i++) {
      var ip = new Ip(IpFamily.IPV4, 0, 0x0b000000L + i);
      clients.add(sticky(service, false, ip, 1 + i % 3, LONG));
    }
    return clients;
  }

  private static StickyClient sticky(
      PortKey service, boolean v6, Ip client, int pod, Duration left) {
    Endpoint endpoint = pods(v6, pod).getFirst();
    return new StickyClient(service, client, endpoint.ip(), endpoint.port(), left);
  }

  private static Ip client(int number) {
    return Ip.parse("192.168.50." + (100 + number));
  }

  private static PortPlan service(boolean v6, int affinity, int... pods) {
    return port(
        key("web", Protocol.TCP, v6),
        v6 ? "fd96::10" : "10.96.0.10",
        30080,
        affinity,
        pods(v6, pods));
  }
}
