package io.portolan.agent.dataplane.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("iptables: the count of NodePorts on loopback")
class LoopbackCountTest {
  private static final NodeFacts NODE =
      Samples.facts(
          List.of(Ip.parse("127.0.0.1"), Ip.parse("192.168.50.254")),
          List.of(Cidr.parse("10.244.0.0/16")),
          false);

  private final LoopbackCount count = new LoopbackCount(new Processes());
  private PacketBed bed;

  @BeforeEach
  void wire() {
    bed = new PacketBed();
  }

  @AfterEach
  void close() {
    bed.close();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("each new connection counts, from any address of the node, and no other packet")
  void counts(Backend backend) {
    var dataplane = new Placed(bed.node(), new Processes(), backend);
    assertThat(packets()).isZero();
    var plan = new Plan(NODE, Map.of(port().key(), port()));
    dataplane.replace(plan);
    assertThat(ask("127.0.0.1", "127.0.0.1", 3)).isEqualTo("1 10.244.0.254");
    assertThat(packets()).isEqualTo(1);
    assertThat(ask("192.168.50.254", "127.0.0.1", 1)).isEqualTo("1 10.244.0.254");
    assertThat(packets()).isEqualTo(2);
    assertThat(ask("192.168.50.254", "192.168.50.254", 1)).startsWith("1 ");
    assertThat(bed.ask(PacketBed.CLIENT, "192.168.50.254", 30080)).startsWith("1 ");
    assertThat(packets()).isEqualTo(2);
    assertThat(dataplane.replace(plan)).isEqualTo(new Audit(0, 0, 0));
    assertThat(packets()).isEqualTo(2);
    dataplane.apply(new PlanDelta(NodeFacts.NONE, List.of(), List.of()));
    assertThat(packets()).isZero();
  }

  private long packets() {
    return bed.node().call(count::packets);
  }

  private String ask(String from, String to, int packets) {
    return bed.node()
        .call(
            () -> {
              try (var socket =
                  new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(from), 0))) {
                String answer = "";
                for (int i = 0; i < packets; i++) {
                  answer = PacketBed.exchange(socket, to, 30080);
                }
                return answer;
              }
            });
  }

  private static PortPlan port() {
    return Samples.port(
        SamplePlans.key("web", Protocol.UDP, false),
        List.of(new Frontend.ClusterIp(Ip.parse("10.96.0.10"), 80), new Frontend.NodePort(30080)),
        SamplePlans.pods(false, 1),
        0);
  }
}
