package io.portolan.agent.dataplane.iptables;

import static io.portolan.agent.dataplane.iptables.SamplePlans.full;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.iptables.RecordingCommands.Call;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PlanDelta;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("iptables: doors and what is found of them, as they stand in the kernel")
class DoorsStateTest {
  private static final Audit CLEAN = new Audit(0, 0, 0);

  private final RecordingCommands commands = new RecordingCommands();
  private NetworkNamespace node;

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("doors");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private Placed placed(Backend backend) {
    return new Placed(node, commands, backend);
  }

  private static Stack v4(Backend backend) {
    return Stack.of(backend).getFirst();
  }

  private static Stack v6(Backend backend) {
    return Stack.of(backend).getLast();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "what is found is told by what there is: nothing, sets, chains, rules that lead there")
  void found(Backend backend) {
    var dataplane = placed(backend);
    var other = placed(backend == Backend.NFT ? Backend.LEGACY : Backend.NFT);
    assertThat(dataplane.found()).isEmpty();
    other.replace(full());
    assertThat(dataplane.found()).isEmpty();
    node.exec("ipset", "create", SetKind.DROP.in(v6(backend)), "hash:ip,port");
    assertThat(dataplane.found()).contains(Doors.CLOSED);
    dataplane.replace(full(), Doors.CLOSED);
    assertThat(dataplane.found()).contains(Doors.CLOSED);
    for (Doors doors : Doors.values()) {
      dataplane.replace(full(), doors);
      assertThat(dataplane.found()).contains(doors);
    }
    dataplane.replace(full(), Doors.PROBES);
    dataplane.iptables("-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-j", "PORTOLAN-SERVICES");
    assertThat(dataplane.found()).contains(Doors.OPEN);
    assertThat(dataplane.replace(full(), Doors.PROBES)).isEqualTo(new Audit(0, 1, 0));
    dataplane.remove();
    assertThat(dataplane.found()).isEmpty();
    assertThat(other.found()).contains(Doors.OPEN);
  }

  @ParameterizedTest
  @EnumSource(names = "LEGACY")
  @DisplayName("looking for it makes no table in the kernel")
  void foundReadsOnly(Backend backend) {
    assertThat(placed(backend).found()).isEmpty();
    assertThat(node.exec("cat", "/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"))
        .isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("what a crash left behind is completed, whatever was missing, doors last")
  void crash(Backend backend) {
    var whole = placed(backend);
    whole.replace(full());
    String wanted = whole.everything();
    whole.remove();
    for (int steps = 1; steps <= 7; steps++) {
      int end = steps;
      var count = new AtomicInteger();
      Commands mortal =
          (command, input) -> {
            boolean writes = !input.isEmpty();
            if (writes && count.incrementAndGet() > end) {
              throw new DataplaneException("the agent is killed", null);
            }
            return new Processes().run(command, input);
          };
      var killed = new Placed(node, mortal, backend);
      assertThatThrownBy(() -> killed.replace(full())).hasMessage("the agent is killed");
      assertThat(placed(backend).found().orElseThrow().serve())
          .as("the entrance is open after %d of 9 writes", steps)
          .isFalse();
      placed(backend).replace(full());
      assertThat(whole.everything()).isEqualTo(wanted);
      assertThat(placed(backend).replace(full())).isEqualTo(CLEAN);
      whole.remove();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "doors write the rules that lead to ours, and nothing else, though some were taken away")
  void doorsAlone(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(full(), Doors.CLOSED);
    commands.changes.clear();
    dataplane.doors(Doors.OPEN);
    assertThat(commands.changes.stream().map(Call::program))
        .containsExactly(
            v4(backend).restore(),
            v6(backend).restore(),
            v4(backend).restore(),
            v6(backend).restore());
    assertThat(commands.changes.stream().map(call -> call.input().lines().findFirst().get()))
        .containsExactly("*filter", "*filter", "*nat", "*nat");
    assertThat(commands.changes).allSatisfy(call -> assertThat(call.input()).hasLineCount(5));
    commands.changes.clear();
    dataplane.doors(Doors.CLOSED);
    assertThat(
            commands.changes.stream().map(call -> call.input().lines().skip(1).findFirst().get()))
        .allSatisfy(line -> assertThat(line).startsWith("-D "))
        .extracting(line -> line.split(" ", -1)[1])
        .containsExactly(
            "PREROUTING", "PREROUTING", "POSTROUTING", "POSTROUTING", "INPUT", "INPUT");
    dataplane.doors(Doors.PROBES);
    dataplane.iptables("-t", "nat", "-F", "OUTPUT");
    dataplane.doors(Doors.OPEN);
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "route_localnet is put back when nobody needs it, and left where another hand set it")
  void loopbackPutBack(Backend backend) {
    var sysctl = new Sysctl(Path.of("/proc/sys/net"));
    var dataplane = new Placed(node, commands, backend, sysctl);
    var other =
        new Placed(node, commands, backend == Backend.NFT ? Backend.LEGACY : Backend.NFT, sysctl);
    dataplane.replace(full(), Doors.CLOSED);
    assertThat(routeLocalnet()).isEqualTo("0");
    dataplane.doors(Doors.OPEN);
    assertThat(routeLocalnet()).isEqualTo("1");
    other.replace(full(), Doors.OPEN);
    dataplane.remove();
    assertThat(routeLocalnet()).isEqualTo("1");
    other.apply(new PlanDelta(NodeFacts.NONE, List.of(), List.of()));
    assertThat(routeLocalnet()).isEqualTo("0");
    other.apply(new PlanDelta(SamplePlans.NODE, List.of(), List.of()));
    assertThat(routeLocalnet()).isEqualTo("1");
    other.remove();
    assertThat(routeLocalnet()).isEqualTo("0");
    node.exec("sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1");
    dataplane.replace(full());
    dataplane.remove();
    assertThat(routeLocalnet()).isEqualTo("1");
  }

  private String routeLocalnet() {
    return node.exec("sysctl", "-n", "net.ipv4.conf.all.route_localnet").strip();
  }
}
