package io.portolan.agent.dataplane.nftables;

import static io.portolan.agent.dataplane.nftables.Plans.NODE;
import static io.portolan.agent.dataplane.nftables.Plans.key;
import static io.portolan.agent.dataplane.nftables.Plans.plan;
import static io.portolan.agent.dataplane.nftables.Plans.pods;
import static io.portolan.agent.dataplane.nftables.Plans.port;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.ProbeSource;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("nftables: which packets the doors let in, and out")
class DoorsTrafficTest {
  private static final int NODE_PORT = 30080;
  private static Testbed bed;
  private static NftablesDataplane dataplane;

  @BeforeAll
  static void open() {
    bed = new Testbed(2);
    dataplane = bed.node().call(NftablesDataplane::open);
    for (IpFamily family : IpFamily.values()) {
      String word = family == IpFamily.IPV4 ? "-4" : "-6";
      String source = ProbeSource.of(family).toString();
      String plain = client(family == IpFamily.IPV6);
      bed.client().exec("ip", word, "address", "add", source, "dev", "eth0");
      bed.node().exec("ip", word, "route", "add", source, "via", plain);
    }
  }

  @AfterEach
  void clear() {
    dataplane.remove();
    bed.node().exec("nft", "flush", "ruleset");
    bed.node().exec("conntrack", "-F");
  }

  @AfterAll
  static void close() {
    if (dataplane != null) {
      dataplane.close();
    }
    if (bed != null) {
      bed.close();
    }
  }

  @ParameterizedTest(name = "IPv6 {0}, {1}")
  @CsvSource({
    "false, CLOSED, false, false", "true, CLOSED, false, false",
    "false, EXIT, false, false", "true, EXIT, false, false",
    "false, PROBES, true, false", "true, PROBES, true, false",
    "false, NO_PROBES, false, true", "true, NO_PROBES, false, true",
    "false, OPEN, true, true", "true, OPEN, true, true"
  })
  @DisplayName("probes and others come in as the doors say, set at once or afterwards")
  void comeIn(boolean v6, Doors doors, boolean probes, boolean others) {
    dataplane.replace(service(v6), doors);
    lets(v6, probes, others);
    for (Doors before : Doors.values()) {
      dataplane.doors(before);
      dataplane.doors(doors);
    }
    lets(v6, probes, others);
    dataplane.replace(service(v6), doors == Doors.OPEN ? Doors.CLOSED : Doors.OPEN);
    dataplane.replace(service(v6), doors);
    lets(v6, probes, others);
  }

  private static void lets(boolean v6, boolean probes, boolean others) {
    if (probes) {
      assertThat(ask(bed.client(), probe(v6), vip(v6), 80)).isEqualTo("pod1 " + bridge(v6));
    } else {
      refuses(bed.client(), probe(v6), vip(v6), 80);
    }
    if (others) {
      assertThat(ask(bed.client(), client(v6), vip(v6), 80)).isEqualTo("pod1 " + bridge(v6));
      assertThat(ask(bed.client(), client(v6), node(v6), NODE_PORT))
          .isEqualTo("pod1 " + bridge(v6));
      assertThat(ask(bed.node(), null, vip(v6), 80)).startsWith("pod1 ");
    } else {
      refuses(bed.client(), client(v6), vip(v6), 80);
      refuses(bed.client(), client(v6), node(v6), NODE_PORT);
      refuses(bed.node(), null, vip(v6), 80);
    }
  }

  @ParameterizedTest(name = "IPv6 {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName(
      "what another one translated leaves masqueraded by our exit, and not when it is shut")
  void exit(boolean v6) {
    dataplane.replace(service(v6), Doors.CLOSED);
    String family = v6 ? "ip6" : "ip";
    nft("add table " + family + " other");
    nft("add chain " + family + " other pre { type nat hook prerouting priority dstnat; }");
    nft(
        "add rule %s other pre %s daddr %s tcp dport %d dnat to %s"
            .formatted(family, family, node(v6), NODE_PORT, target(v6, 2)));
    assertThat(ask(bed.client(), client(v6), node(v6), NODE_PORT)).isEqualTo("pod2 " + client(v6));
    for (Doors open : List.of(Doors.EXIT, Doors.PROBES)) {
      dataplane.doors(open);
      assertThat(ask(bed.client(), client(v6), node(v6), NODE_PORT))
          .isEqualTo("pod2 " + bridge(v6));
    }
    dataplane.doors(Doors.CLOSED);
    assertThat(ask(bed.client(), client(v6), node(v6), NODE_PORT)).isEqualTo("pod2 " + client(v6));
  }

  @ParameterizedTest(name = "IPv6 {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("our entrance is asked before iptables', whichever came first; closed, iptables' is")
  void beforeIptables(boolean v6) {
    String iptables = v6 ? "ip6tables-nft" : "iptables-nft";
    for (boolean oursFirst : List.of(true, false)) {
      if (oursFirst) {
        dataplane.replace(service(v6), Doors.OPEN);
      }
      for (String chain : List.of("PREROUTING", "OUTPUT")) {
        bed.node()
            .exec(
                "%s -w -t nat -A %s -p tcp -d %s --dport 80 -j DNAT --to-destination %s"
                    .formatted(iptables, chain, vip(v6), target(v6, 2))
                    .split(" "));
      }
      dataplane.replace(service(v6), Doors.OPEN);
      assertThat(ask(bed.client(), client(v6), vip(v6), 80)).startsWith("pod1 ");
      assertThat(ask(bed.node(), null, vip(v6), 80)).startsWith("pod1 ");
      dataplane.doors(Doors.PROBES);
      assertThat(ask(bed.client(), client(v6), vip(v6), 80)).startsWith("pod2 ");
      assertThat(ask(bed.client(), probe(v6), vip(v6), 80)).startsWith("pod1 ");
      dataplane.doors(Doors.NO_PROBES);
      assertThat(ask(bed.client(), client(v6), vip(v6), 80)).startsWith("pod1 ");
      assertThat(ask(bed.client(), probe(v6), vip(v6), 80)).startsWith("pod2 ");
      dataplane.doors(Doors.CLOSED);
      assertThat(ask(bed.client(), client(v6), vip(v6), 80)).startsWith("pod2 ");
      assertThat(ask(bed.node(), null, vip(v6), 80)).startsWith("pod2 ");
      clear();
    }
  }

  @ParameterizedTest(name = "IPv6 {0}, ours first {1}")
  @CsvSource({"false,true", "false,false", "true,true", "true,false"})
  @DisplayName("our exit decides before another's source translation, whichever came first")
  void beforeOtherSnat(boolean v6, boolean oursFirst) {
    if (oursFirst) {
      dataplane.replace(service(v6), Doors.OPEN);
    }
    String family = v6 ? "ip6" : "ip";
    nft("add table " + family + " other");
    nft("add chain " + family + " other post { type nat hook postrouting priority srcnat; }");
    nft("add rule %s other post snat to %s".formatted(family, node(v6)));
    dataplane.replace(service(v6), Doors.OPEN);
    assertThat(ask(bed.client(), client(v6), node(v6), NODE_PORT)).isEqualTo("pod1 " + bridge(v6));
    assertThat(ask(bed.pod(2), null, vip(v6), 80))
        .as("what we leave alone is still another's")
        .isEqualTo("pod1 " + node(v6));
  }

  @ParameterizedTest(name = "IPv6 {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("a change of the node's facts leaves the doors as they are")
  void factsKeepDoors(boolean v6) {
    for (Doors doors : List.of(Doors.CLOSED, Doors.PROBES, Doors.NO_PROBES, Doors.OPEN)) {
      dataplane.replace(service(v6), doors);
      var all = Samples.facts(NODE.nodePortAddresses(), List.of(), true);
      dataplane.apply(new PlanDelta(all, List.of(), List.of()));
      assertThat(dataplane.found()).contains(doors);
      lets(v6, doors.probes(), doors.serve());
      if (doors.serve()) {
        assertThat(ask(bed.pod(2), null, vip(v6), 80))
            .as("masqueradeAll")
            .isEqualTo("pod1 " + bridge(v6));
      }
    }
  }

  private static Plan service(boolean v6) {
    return plan(NODE, port(key("web", Protocol.TCP, v6), vip(v6), NODE_PORT, 0, pods(v6, 1)));
  }

  private static void nft(String command) {
    bed.node().exec("nft", command);
  }

  /** What a Pod answers. */
  private static String ask(
      NetworkNamespace in, @Nullable String source, String address, int port) {
    return in.call(
        () -> {
          try (var socket = connected(source, address, port, 5_000)) {
            socket.setSoTimeout(5_000);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          }
        });
  }

  /** A connection that is not translated ends nowhere, or where nobody listens. */
  private static void refuses(
      NetworkNamespace in, @Nullable String source, String address, int port) {
    assertThatThrownBy(() -> in.call(() -> connected(source, address, port, 300)))
        .hasCauseInstanceOf(IOException.class);
  }

  private static Socket connected(@Nullable String source, String address, int port, int patience)
      throws IOException {
    var socket = new Socket();
    try {
      if (source != null) {
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
      }
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), patience);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static String probe(boolean v6) {
    return ProbeSource.of(v6 ? IpFamily.IPV6 : IpFamily.IPV4).toString();
  }

  private static String client(boolean v6) {
    return v6 ? "fd50::2" : "192.168.50.2";
  }

  private static String node(boolean v6) {
    return v6 ? "fd50::1" : "192.168.50.1";
  }

  private static String bridge(boolean v6) {
    return v6 ? "fd44::1" : "10.244.0.1";
  }

  private static String vip(boolean v6) {
    return v6 ? "fd96::10" : "10.96.0.10";
  }

  private static String target(boolean v6, int pod) {
    String ip = Testbed.podIp(pod, v6);
    return (v6 ? "[" + ip + "]" : ip) + ":" + Testbed.PORT;
  }
}
