package io.portolan.agent.dataplane.iptables;

import static io.portolan.agent.dataplane.iptables.SamplePlans.key;
import static io.portolan.agent.dataplane.iptables.SamplePlans.web;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("iptables: clients that affinity keeps")
class ClientsTest {
  private static final PortKey WEB = key("web", Protocol.TCP, false);
  private static final PortKey WEB6 = key("web", Protocol.TCP, true);

  private final RecordingCommands commands = new RecordingCommands();
  private NetworkNamespace node;

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("clients");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private Placed placed(Backend backend) {
    var placed = new Placed(node, commands, backend);
    var ports = new HashMap<PortKey, PortPlan>();
    PortPlan plain =
        Samples.port(
            key("plain", Protocol.TCP, false), List.of(), SamplePlans.pods(false, 1, 2), 0);
    List.of(web(false, 600, 1, 2), web(true, 600, 1, 2), plain)
        .forEach(port -> ports.put(port.key(), port));
    placed.replace(new Plan(SamplePlans.NODE, ports), Doors.CLOSED);
    return placed;
  }

  private static StickyClient sticky(PortKey service, String client, int pod, int seconds) {
    String ip = (service.family() == IpFamily.IPV6 ? "fd44::" : "10.244.0.") + pod;
    return new StickyClient(
        service, Ip.parse(client), Ip.parse(ip), 8080, Duration.ofSeconds(seconds));
  }

  /** Without the time, which goes on. */
  private static List<StickyClient> untimed(List<StickyClient> clients) {
    return clients.stream()
        .map(c -> new StickyClient(c.service(), c.client(), c.ip(), c.port(), Duration.ZERO))
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("are carried from one backend to the other, with the time that they have left")
  void roundTrip(Backend backend) {
    var from = placed(backend);
    var to = placed(backend == Backend.NFT ? Backend.LEGACY : Backend.NFT);
    var clients =
        List.of(
            sticky(WEB, "192.0.2.1", 1, 500),
            sticky(WEB, "192.0.2.2", 2, 90),
            sticky(WEB6, "2001:db8::1", 2, 5_000_000));
    assertThat(from.remember(clients)).isEqualTo(3);
    assertThat(to.clients()).isEmpty();
    assertThat(to.remember(from.clients())).isEqualTo(3);
    assertThat(untimed(to.clients())).containsExactlyInAnyOrderElementsOf(untimed(clients));
    for (StickyClient client : to.clients()) {
      long planned = client.ip().toString().equals("10.244.0.1") ? 500 : 90;
      long most = client.service().equals(WEB6) ? 2_147_483 : planned;
      assertThat(client.left().toSeconds()).isBetween(most - 60, most);
    }
    assertThat(to.remember(from.clients())).isZero();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("are left out where one is known, and where there is no affinity or no endpoint")
  void leftOut(Backend backend) {
    var dataplane = placed(backend);
    assertThat(dataplane.remember(List.of(sticky(WEB, "192.0.2.1", 1, 500)))).isEqualTo(1);
    assertThat(
            dataplane.remember(
                List.of(
                    sticky(WEB, "192.0.2.1", 2, 300),
                    sticky(WEB, "192.0.2.2", 7, 300),
                    sticky(key("plain", Protocol.TCP, false), "192.0.2.3", 1, 300),
                    sticky(key("gone", Protocol.TCP, false), "192.0.2.4", 1, 300),
                    sticky(WEB, "192.0.2.5", 1, 300),
                    sticky(WEB, "192.0.2.5", 2, 300))))
        .isEqualTo(1);
    assertThat(untimed(dataplane.clients()))
        .containsExactlyInAnyOrderElementsOf(
            untimed(List.of(sticky(WEB, "192.0.2.1", 1, 1), sticky(WEB, "192.0.2.5", 1, 1))));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("are told once each, at the endpoint that they used last")
  void once(Backend backend) {
    var dataplane = placed(backend);
    for (int pod = 1; pod <= 2; pod++) {
      String set =
          Names.clients(Stack.of(backend).getFirst(), WEB, SamplePlans.pods(false, pod).getFirst());
      node.exec("ipset", "add", set, "192.0.2.1", "timeout", Integer.toString(100 * pod));
      node.exec("ipset", "add", set, "192.0.2.9", "timeout", Integer.toString(900 / pod));
    }
    assertThat(untimed(dataplane.clients()))
        .containsExactlyInAnyOrderElementsOf(
            untimed(List.of(sticky(WEB, "192.0.2.1", 2, 1), sticky(WEB, "192.0.2.9", 1, 1))));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("are remembered all or none; the line that is refused is named with its Service")
  void refused(Backend backend) {
    var dataplane = placed(backend);
    dataplane.remember(List.of(sticky(WEB, "192.0.2.1", 1, 500)));
    var first = new AtomicBoolean(true);
    commands.spoil =
        (program, input) ->
            first.getAndSet(false) ? input.replace("192.0.2.3 ", "192.0.2.333 ") : input;
    assertThatThrownBy(
            () ->
                dataplane.remember(
                    List.of(
                        sticky(WEB, "192.0.2.2", 1, 500),
                        sticky(WEB, "192.0.2.3", 1, 500),
                        sticky(WEB, "192.0.2.4", 1, 500))))
        .isInstanceOf(DataplaneException.class)
        .hasMessageContaining("line 2, for test/web:web");
    assertThat(untimed(dataplane.clients()))
        .isEqualTo(untimed(List.of(sticky(WEB, "192.0.2.1", 1, 1))));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("may be 100,000")
  void many(Backend backend) {
    var dataplane = placed(backend);
    var clients = new ArrayList<StickyClient>();
    for (int i = 0; i < 100_000; i++) {
      var client = new Ip(IpFamily.IPV4, 0, 0x0a000000L + i);
      var pod = SamplePlans.pods(false, 1 + i % 2).getFirst();
      clients.add(new StickyClient(WEB, client, pod.ip(), 8080, Duration.ofMinutes(10)));
    }
    long start = System.nanoTime();
    assertThat(dataplane.remember(clients)).isEqualTo(100_000);
    long remembered = System.nanoTime();
    assertThat(Map.copyOf(byClient(dataplane.clients()))).isEqualTo(byClient(clients));
    System.out.printf(
        "iptables-%s, 100,000 clients: remembered in %,d ms, told in %,d ms%n",
        backend.word(),
        Duration.ofNanos(remembered - start).toMillis(),
        Duration.ofNanos(System.nanoTime() - remembered).toMillis());
  }

  private static Map<Ip, Ip> byClient(List<StickyClient> clients) {
    var map = new HashMap<Ip, Ip>();
    clients.forEach(client -> map.put(client.client(), client.ip()));
    return map;
  }
}
