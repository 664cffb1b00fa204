package io.portolan.agent.dataplane.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("iptables: affinity of many clients")
class ManyClientsTest {
  /** More than {@code recent} remembers for a rule. */
  private static final int CLIENTS = 240;

  private static final int ENDPOINTS = 2;

  private final List<AutoCloseable> open = new ArrayList<>();
  private NetworkNamespace node;
  private NetworkNamespace clients;

  @BeforeEach
  void wire() throws IOException {
    node = add(NetworkNamespace.create("node"));
    clients = add(NetworkNamespace.create("clients"));
    NetworkNamespace pods = add(NetworkNamespace.create("pods"));
    node.exec("sysctl", "-qw", "net.ipv4.ip_forward=1");
    link(clients, "c0", "192.168.50");
    link(pods, "p0", "10.244.0");
    clients.ip(
        IntStream.rangeClosed(1, CLIENTS)
            .mapToObj(i -> "address add 192.168.50." + i + "/32 dev eth0")
            .toList());
    for (int i = 1; i <= ENDPOINTS; i++) {
      String address = "10.244.0." + i;
      pods.ip(List.of("address add " + address + "/32 dev eth0"));
      var socket =
          pods.call(
              () ->
                  new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(address), 8080)));
      open.add(socket);
      pods.start(() -> answer(socket, address));
    }
  }

  private void link(NetworkNamespace peer, String device, String net) {
    node.ip(
        List.of(
            "link add " + device + " type veth peer name eth0 netns " + peer.name(),
            "address add " + net + ".254/24 dev " + device,
            "link set " + device + " up"));
    peer.ip(
        List.of(
            "address add " + net + ".253/24 dev eth0",
            "link set eth0 up",
            "route add default via " + net + ".254"));
  }

  private static void answer(DatagramSocket socket, String name) {
    try {
      while (true) {
        var packet = new DatagramPacket(new byte[10], 10);
        socket.receive(packet);
        byte[] words = name.getBytes(StandardCharsets.UTF_8);
        socket.send(new DatagramPacket(words, words.length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private NetworkNamespace add(NetworkNamespace namespace) {
    open.add(namespace);
    return namespace;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "each keeps its endpoint, however many there are; one whose endpoint goes gets another")
  void keeps(Backend backend) {
    var dataplane =
        IptablesDataplane.open(
            backend, new Sysctl(Path.of("/proc/sys/net")), IptablesDataplane.MARK_BIT);
    PortPlan both = port(1, 2);
    node.call(
        () -> dataplane.replace(new Plan(SamplePlans.NODE, Map.of(both.key(), both)), Doors.OPEN));
    Map<Integer, String> chosen = choices();
    assertThat(new HashSet<>(chosen.values())).hasSize(ENDPOINTS);
    assertThat(choices()).isEqualTo(chosen);
    node.call(
        () -> {
          dataplane.apply(new PlanDelta(null, List.of(port(2)), List.of()));
          return true;
        });
    assertThat(new HashSet<>(choices().values())).containsExactly("10.244.0.2");
  }

  private static PortPlan port(int... pods) {
    List<Endpoint> endpoints = SamplePlans.pods(false, pods);
    return Samples.port(
        SamplePlans.key("many", Protocol.UDP, false),
        List.of(new Frontend.ClusterIp(Ip.parse("10.96.0.10"), 80)),
        endpoints,
        600);
  }

  /** The endpoint of each client's new flow. */
  private Map<Integer, String> choices() {
    return clients.call(
        () -> {
          var choices = new HashMap<Integer, String>();
          for (int i = 1; i <= CLIENTS; i++) {
            var from = new InetSocketAddress(InetAddress.ofLiteral("192.168.50." + i), 0);
            try (var socket = new DatagramSocket(from)) {
              socket.setSoTimeout(5_000);
              socket.connect(new InetSocketAddress(InetAddress.ofLiteral("10.96.0.10"), 80));
              socket.send(new DatagramPacket(new byte[] {1}, 1));
              var answer = new DatagramPacket(new byte[100], 100);
              socket.receive(answer);
              choices.put(
                  i, new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8));
            }
          }
          return choices;
        });
  }
}
