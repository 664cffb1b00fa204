package io.portolan.agent.dataplane.iptables;

import static io.portolan.agent.dataplane.iptables.PacketBed.CLIENT;
import static io.portolan.agent.dataplane.iptables.PacketBed.CLIENT6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.ProbeSource;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("iptables: who comes through the doors")
class DoorsTest {
  private static final String PROBES = ProbeSource.IPV4.toString();
  private static final String PROBES6 = ProbeSource.IPV6.toString();

  private final RecordingCommands commands = new RecordingCommands();
  private PacketBed bed;

  @BeforeEach
  void wire() {
    bed = new PacketBed();
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private Placed placed(Backend backend) {
    return new Placed(bed.node(), commands, backend);
  }

  /** {@code test/dns} in both families: a ClusterIP and an external address, one Pod. */
  private static Plan plan(int pod) {
    var ports = new HashMap<PortKey, PortPlan>();
    List.of(port(false, pod), port(true, pod)).forEach(port -> ports.put(port.key(), port));
    return new Plan(SamplePlans.NODE, ports);
  }

  private static PortPlan port(boolean v6, int pod) {
    return Samples.port(
        SamplePlans.key("dns", Protocol.UDP, v6),
        List.of(
            new Frontend.ClusterIp(Ip.parse(v6 ? "fd96::10" : "10.96.0.10"), 80),
            new Frontend.ExternalIp(Ip.parse(v6 ? "fd98::1" : "192.0.2.1"), 80)),
        SamplePlans.pods(v6, pod),
        0);
  }

  private String pod(String from) {
    return bed.ask(from, from.contains(":") ? "fd96::10" : "10.96.0.10", 80).split(" ", 2)[0];
  }

  private void admits(boolean probes, boolean others, String as) {
    assertThat(List.of(pod(PROBES), pod(PROBES6), pod(CLIENT), pod(CLIENT6)))
        .as(as)
        .isEqualTo(
            List.of(
                probes ? "1" : "none",
                probes ? "1" : "none",
                others ? "1" : "none",
                others ? "1" : "none"));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("those come in for whom they stand open, whichever way they came to stand so")
  void admission(Backend backend) {
    var dataplane = placed(backend);
    for (Doors doors : Doors.values()) {
      dataplane.replace(plan(1), doors);
      admits(doors.probes(), doors.serve(), "replaced, " + doors);
      assertThat(placed(backend).found()).contains(doors);
      assertThat(dataplane.replace(plan(1), doors).clean()).isTrue();
    }
    for (Doors from : Doors.values()) {
      for (Doors to : Doors.values()) {
        dataplane.doors(from);
        dataplane.doors(to);
        assertThat(placed(backend).found()).as("%s to %s", from, to).contains(to);
        assertThat(dataplane.replace(plan(1), to).clean()).isTrue();
      }
    }
    for (Doors doors : Doors.values()) {
      dataplane.doors(doors);
      admits(doors.probes(), doors.serve(), "set, " + doors);
    }
    dataplane.remove();
    assertThat(dataplane.found()).isEmpty();
    admits(false, false, "removed");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("flows that came in keep their way while they close, and new ones do not come in")
  void flowsGoOn(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(plan(1), Doors.OPEN);
    var socket = bed.socket(CLIENT);
    String node = "1 10.244.0.254";
    assertThat(PacketBed.exchange(socket, "192.0.2.1", 80)).isEqualTo(node);
    for (Doors doors : List.of(Doors.EXIT, Doors.CLOSED)) {
      dataplane.doors(doors);
      assertThat(PacketBed.exchange(socket, "192.0.2.1", 80)).as("%s", doors).isEqualTo(node);
      assertThat(bed.ask(CLIENT, "192.0.2.1", 80)).isEqualTo("none");
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("what another hand has translated and marked is masqueraded by the exit alone")
  void exit(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(plan(1), Doors.CLOSED);
    String[] match = {"-t", "nat", "-A", "PREROUTING", "-d", "10.96.0.99", "-p", "udp", "-j"};
    dataplane.iptables(with(match, "MARK", "--set-xmark", "0x1000/0x1000"));
    dataplane.iptables(with(match, "DNAT", "--to-destination", "10.244.0.1:8080"));
    assertThat(bed.ask(CLIENT, "10.96.0.99", 80)).isEqualTo("1 " + CLIENT);
    dataplane.doors(Doors.EXIT);
    assertThat(bed.ask(CLIENT, "10.96.0.99", 80)).isEqualTo("1 10.244.0.254");
    assertThat(pod(CLIENT)).isEqualTo("none");
  }

  private static String[] with(String[] some, String... more) {
    var all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("of two backends each serves those for whom it is open, and goes without the other")
  void sideBySide(Backend backend) {
    var going = placed(backend);
    var coming = placed(backend == Backend.NFT ? Backend.LEGACY : Backend.NFT);
    going.replace(plan(1), Doors.OPEN);
    coming.replace(plan(2), Doors.CLOSED);
    assertThat(List.of(pod(PROBES), pod(CLIENT), pod(CLIENT6))).containsExactly("1", "1", "1");
    coming.doors(Doors.PROBES);
    going.doors(Doors.NO_PROBES);
    assertThat(List.of(pod(PROBES), pod(PROBES6), pod(CLIENT), pod(CLIENT6)))
        .containsExactly("2", "2", "1", "1");
    coming.doors(Doors.OPEN);
    going.doors(Doors.EXIT);
    assertThat(List.of(pod(PROBES), pod(CLIENT), pod(CLIENT6))).containsExactly("2", "2", "2");
    assertThat(bed.ask(CLIENT, "192.0.2.1", 80)).isEqualTo("2 10.244.0.254");
    going.doors(Doors.CLOSED);
    String kept = coming.dump();
    going.remove();
    assertThat(going.dump()).doesNotContain("PORTOLAN");
    assertThat(coming.dump()).isEqualTo(kept);
    assertThat(going.found()).isEmpty();
    assertThat(pod(CLIENT)).isEqualTo("2");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a refusal in any table, in the middle of a change, leaves what serves as it was")
  void refusals(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(plan(1), Doors.OPEN);
    // With this the chains of the table filter differ too.
    bed.node().exec("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_be_liberal=1");
    String before = dataplane.everything();
    for (Stack stack : Stack.of(backend)) {
      for (String table : List.of("*filter", "*nat")) {
        var first = new AtomicBoolean(true);
        commands.spoil =
            (program, input) ->
                program.equals(stack.restore()) && input.startsWith(table) && first.getAndSet(false)
                    ? input
                        .replaceFirst("-j DNAT --to-destination \\S+", "-j TRASH")
                        .replaceFirst("-j PORTOLAN-FIREWALL", "-j PORTOLAN-TRASH")
                    : input;
        assertThatThrownBy(() -> dataplane.replace(plan(2), Doors.NO_PROBES))
            .as("%s of %s", table, stack)
            .isInstanceOf(DataplaneException.class)
            .hasMessageContaining(stack.restore() + " refused line ")
            .hasMessageContaining(table.equals("*nat") ? "test/dns:web" : "PORTOLAN-");
        assertThat(first).isFalse();
        commands.spoil = (program, input) -> input;
        assertThat(dataplane.everything()).isEqualTo(before);
        admits(true, true, "after a refusal of " + table + " of " + stack);
      }
    }
    dataplane.apply(new PlanDelta(null, List.of(port(false, 2)), List.of()));
    assertThat(List.of(pod(CLIENT), pod(CLIENT6), pod(PROBES))).containsExactly("2", "1", "2");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a refusal to open or to close leaves the doors of both families as they were")
  void refusedDoors(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(plan(1), Doors.OPEN);
    String before = dataplane.everything();
    String last = Stack.of(backend).getLast().restore();
    for (Doors to : List.of(Doors.PROBES, Doors.CLOSED)) {
      commands.spoil =
          (program, input) ->
              program.equals(last) && input.contains("-D ")
                  ? input.replace("COMMIT", "-A PORTOLAN-SERVICES -j TRASH\nCOMMIT")
                  : input;
      assertThatThrownBy(() -> dataplane.doors(to)).isInstanceOf(DataplaneException.class);
      commands.spoil = (program, input) -> input;
      assertThat(dataplane.everything()).as("%s", to).isEqualTo(before);
    }
    admits(true, true, "after refusals");
  }
}
