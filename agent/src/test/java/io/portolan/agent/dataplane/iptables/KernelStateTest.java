package io.portolan.agent.dataplane.iptables;

import static io.portolan.agent.dataplane.iptables.SamplePlans.full;
import static io.portolan.agent.dataplane.iptables.SamplePlans.web;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.iptables.RecordingCommands.Call;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.service.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("iptables: what stands in the kernel")
class KernelStateTest {
  private static final Audit CLEAN = new Audit(0, 0, 0);

  /** Rules of other hands: kubelet, the CNI plugin portmap, an administrator. */
  private static final String OTHERS =
      """
      *nat
      :KUBE-MARK-MASQ - [0:0]
      :CNI-HOSTPORT-DNAT - [0:0]
      -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
      -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
      -A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "a port of a Pod" -m multiport --dports 8080 -j RETURN
      COMMIT
      *filter
      :KUBE-FIREWALL - [0:0]
      -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
      -A INPUT -j KUBE-FIREWALL
      -A FORWARD -s 10.0.0.0/8 -j ACCEPT
      COMMIT
      """;

  @TempDir private Path folder;

  private final RecordingCommands commands = new RecordingCommands();
  private NetworkNamespace node;

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("iptables");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static Stack v4(Backend backend) {
    return Stack.of(backend).getFirst();
  }

  private static Stack v6(Backend backend) {
    return Stack.of(backend).getLast();
  }

  private void others(Placed dataplane) throws IOException {
    Path file = Files.writeString(folder.resolve("others"), OTHERS);
    for (Stack stack : Stack.of(dataplane.backend())) {
      if (stack.v6()) {
        Files.writeString(file, OTHERS.replace("10.0.0.0/8", "fd00::/8"));
      }
      node.exec(stack.restore(), "--noflush", file.toString());
    }
    node.exec("ipset", "create", "blocked", "hash:ip");
    node.exec("ipset", "add", "blocked", "192.0.2.77");
  }

  private Placed placed(Backend backend) {
    return new Placed(node, commands, backend);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a person finds a Service, and what is planned stands there")
  void readable(Backend backend) {
    var dataplane = placed(backend);
    assertThat(dataplane.replace(full()).missing()).isPositive();
    assertThat(dataplane.everything())
        .contains("--comment \"test/web:web\" -j PORTOLAN-CLUSTER-")
        .contains("-j DNAT --to-destination 10.244.0.1:8080")
        .contains("-j DNAT --to-destination [fd44::1]:8080")
        .contains("add " + SetKind.REJECT.in(v4(backend)) + " 10.96.0.13,tcp:80")
        .contains("add " + SetKind.SOURCES.in(v6(backend)) + " fd98::1,tcp:443,fd50::/16");
    assertThat(dataplane.replace(full())).isEqualTo(CLEAN);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a new agent adopts what is there, and writes nothing")
  void adoption(Backend backend) {
    placed(backend).replace(full());
    commands.changes.clear();
    assertThat(placed(backend).replace(full())).isEqualTo(CLEAN);
    assertThat(commands.changes).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a changed endpoint writes the chain of its Service and nothing else of the tables")
  void onlyWhatChanged(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(full());
    commands.changes.clear();
    dataplane.apply(web(false, 0, 1, 2, 4));
    assertThat(commands.changes.stream().map(Call::program))
        .containsExactly("ipset", v4(backend).restore(), "ipset");
    String text = commands.changes.get(1).input();
    assertThat(text.lines().filter(line -> line.startsWith(":")))
        .singleElement()
        .asString()
        .startsWith(":PORTOLAN-CLUSTER-");
    assertThat(text).contains("10.244.0.4").hasLineCount(6);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "rules and sets of others stay as they are, byte for byte, and nothing of ours is left")
  void others(Backend backend) throws IOException {
    var dataplane = placed(backend);
    others(dataplane);
    String before = dataplane.everything();
    dataplane.replace(full());
    dataplane.apply(web(false, 60, 1, 9), web(true, 60));
    String with = dataplane.everything();
    assertThat(with.lines().filter(line -> !line.contains("PORTOLAN-")))
        .containsExactlyElementsOf(before.lines().toList());
    dataplane.remove();
    assertThat(dataplane.everything()).isEqualTo(before);
    dataplane.remove();
    assertThat(dataplane.everything()).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("an audit counts what is missing, stale and foreign, and repairs it")
  void drift(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(full());
    dataplane.iptables("-t", "nat", "-F", "PORTOLAN-POSTROUTING");
    node.exec("ipset", "del", SetKind.REJECT.in(v4(backend)), "10.96.0.13,tcp:80");
    dataplane.iptables("-t", "nat", "-D", "OUTPUT", "1");
    assertThat(dataplane.replace(full())).isEqualTo(new Audit(5 + 1 + 1, 0, 0));
    node.exec("ipset", "add", SetKind.DROP.in(v6(backend)), "fd96::99,tcp:80");
    dataplane.iptables("-t", "nat", "-N", "PORTOLAN-CLUSTER-AAAAAAAAAAA");
    dataplane.iptables("-A", "INPUT", "-j", "PORTOLAN-FORWARD");
    assertThat(dataplane.replace(full())).isEqualTo(new Audit(0, 3, 0));
    dataplane.iptables("-A", "PORTOLAN-FIREWALL", "-p", "tcp", "-j", "LOG");
    dataplane.iptables("-N", "PORTOLAN-SOMEBODY");
    assertThat(dataplane.replace(full())).isEqualTo(new Audit(0, 0, 2));
    assertThat(dataplane.replace(full())).isEqualTo(CLEAN);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("tables that another hand has emptied are written again")
  void flushed(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(full());
    String before = dataplane.everything();
    dataplane.iptables("-t", "nat", "-F");
    dataplane.iptables("-t", "nat", "-X");
    dataplane.replace(full());
    assertThat(dataplane.everything()).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a refusal names the line and its Service, and what was there goes on working")
  void refused(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(full());
    String before = dataplane.everything();
    for (String program : List.of("ipset", v4(backend).restore(), v6(backend).restore())) {
      String harmed = program.equals(v6(backend).restore()) ? "[fd44::7]" : "10.244.0.7";
      // Once: what is written to undo the change is right.
      var first = new AtomicBoolean(true);
      commands.spoil =
          (name, input) ->
              name.equals(program) && first.getAndSet(false)
                  ? input.replace(harmed, "300.1.1.1")
                  : input;
      assertThatThrownBy(() -> dataplane.apply(web(false, 60, 1, 7), web(true, 60, 2, 7)))
          .isInstanceOf(DataplaneException.class)
          .hasMessageContaining(program)
          .hasMessageContaining("line ")
          .satisfies(
              e -> {
                if (!program.equals("ipset")) {
                  assertThat(e).hasMessageContaining("for test/web:web").hasMessageContaining("7");
                }
              });
      commands.spoil = (name, input) -> input;
      assertThat(dataplane.everything()).as("after the refusal of %s", program).isEqualTo(before);
    }
    dataplane.apply(web(false, 60, 1, 7), web(true, 60, 2, 7));
    assertThat(dataplane.everything()).contains("10.244.0.7");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a table of others that is in the way is told as it is")
  void refusedAtCommit(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(full());
    String before = dataplane.everything();
    commands.spoil =
        (name, input) ->
            input.contains("*nat") ? input.replace("COMMIT", "-X KUBE-LOST\nCOMMIT") : input;
    assertThatThrownBy(() -> dataplane.apply(web(false, 0, 8)))
        .isInstanceOf(DataplaneException.class)
        .hasMessageContaining("test/web:web");
    commands.spoil = (name, input) -> input;
    assertThat(dataplane.everything()).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(names = "LEGACY")
  @DisplayName("while another program holds the lock, a change waits its time and then fails")
  void locked(Backend backend) throws Exception {
    String lock = folder.resolve("lock").toString();
    commands.wrap =
        (program, command) -> {
          var wrapped = new ArrayList<>(List.of("env", "XTABLES_LOCKFILE=" + lock));
          command.forEach(word -> wrapped.add(word.equals(Kernel.LOCK_SECONDS) ? "1" : word));
          return wrapped;
        };
    var dataplane = placed(backend);
    dataplane.replace(full());
    var holder = new ProcessBuilder("flock", lock, "sh", "-c", "echo held; exec sleep 60").start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("held");
      assertThatThrownBy(() -> dataplane.apply(web(false, 0, 8)))
          .isInstanceOf(DataplaneException.class)
          .hasMessageContaining("xtables lock");
    } finally {
      holder.descendants().forEach(ProcessHandle::destroy);
      holder.destroy();
      assertThat(holder.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
    dataplane.apply(web(false, 0, 8));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("NodePorts on loopback set route_localnet, and close 127.0.0.0/8 to others")
  void loopback(Backend backend) throws IOException {
    var dataplane = placed(backend);
    dataplane.replace(new Plan(NodeFacts.NONE, Map.of()));
    assertThat(dataplane.everything()).doesNotContain("127.0.0.0/8");
    dataplane.apply(new PlanDelta(SamplePlans.NODE, List.of(), List.of()));
    assertThat(dataplane.everything()).contains("! -s 127.0.0.0/8 -d 127.0.0.0/8");
    assertThat(node.exec("sysctl", "-n", "net.ipv4.conf.all.route_localnet").strip())
        .isEqualTo("1");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("the longest affinity that fits a number is taken, and clients outlive a change")
  void affinity(Backend backend) {
    var dataplane = placed(backend);
    var plan = new Plan(SamplePlans.NODE, Map.of(web(false, 0, 1).key(), web(false, 60, 1, 2)));
    dataplane.replace(plan);
    var one = SamplePlans.pods(false, 1).getFirst();
    String set = Names.clients(v4(backend), SamplePlans.key("web", Protocol.TCP, false), one);
    node.exec("ipset", "add", set, "192.0.2.9", "timeout", "50");
    dataplane.apply(web(false, Integer.MAX_VALUE, 1, 3));
    assertThat(node.exec("ipset", "list", set)).contains("192.0.2.9");
    assertThat(
            dataplane.replace(
                new Plan(
                    SamplePlans.NODE,
                    Map.of(web(false, 0, 1).key(), web(false, Integer.MAX_VALUE, 1, 3)))))
        .isEqualTo(CLEAN);
    assertThat(node.exec("ipset", "list", set)).contains("192.0.2.9");
    dataplane.apply(web(false, 60, 3));
    assertThat(node.exec("ipset", "list", "-n")).doesNotContain(set);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a set of ours that has another type is made anew")
  void wrongType(Backend backend) {
    var dataplane = placed(backend);
    node.exec("ipset", "create", SetKind.REJECT.in(v4(backend)), "hash:net");
    dataplane.replace(full());
    assertThat(dataplane.replace(full())).isEqualTo(CLEAN);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("one backend is taken away beside the other one, which keeps all that it has")
  void bothBackends(Backend backend) {
    var other = placed(backend == Backend.NFT ? Backend.LEGACY : Backend.NFT);
    var dataplane = placed(backend);
    dataplane.replace(full());
    other.replace(full());
    dataplane.remove();
    assertThat(other.replace(full())).isEqualTo(CLEAN);
    other.remove();
    assertThat(node.exec("ipset", "list", "-n")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("a set that a rule of another hand asks for stays, and does not hold up a change")
  void setInUse(Backend backend) {
    var dataplane = placed(backend);
    dataplane.replace(full());
    String mine = v4(backend).setPrefix() + "MINE";
    node.exec("ipset", "create", mine, "hash:ip");
    dataplane.iptables("-A", "INPUT", "-m", "set", "--match-set", mine, "src", "-j", "DROP");
    assertThat(dataplane.replace(full()).foreign()).isEqualTo(1);
    dataplane.apply(web(false, 0, 9));
    assertThat(dataplane.everything()).contains(mine).contains("10.244.0.9");
    assertThatThrownBy(dataplane::remove)
        .isInstanceOf(DataplaneException.class)
        .hasMessageContaining("still there");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("whatever the way to a plan was, the kernel ends up with the same")
  void sequences(Backend backend) {
    var random = new Random(20);
    var dataplane = placed(backend);
    Plan plan = SamplePlans.random(random);
    dataplane.replace(plan);
    for (int i = 0; i < 40; i++) {
      Plan next = SamplePlans.random(random);
      dataplane.apply(SamplePlans.delta(plan, next));
      plan = next;
      if (i % 4 == 3) {
        assertThat(placed(backend).replace(plan)).as("after step %d", i).isEqualTo(CLEAN);
      }
    }
    dataplane.remove();
    assertThat(dataplane.everything()).doesNotContain("PORTOLAN");
  }
}
