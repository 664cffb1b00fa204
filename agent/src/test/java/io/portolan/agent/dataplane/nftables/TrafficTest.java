package io.portolan.agent.dataplane.nftables;

import static io.portolan.agent.dataplane.nftables.Plans.NODE;
import static io.portolan.agent.dataplane.nftables.Plans.changed;
import static io.portolan.agent.dataplane.nftables.Plans.key;
import static io.portolan.agent.dataplane.nftables.Plans.plan;
import static io.portolan.agent.dataplane.nftables.Plans.pods;
import static io.portolan.agent.dataplane.nftables.Plans.port;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Protocol;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("nftables: packets between network namespaces")
class TrafficTest {
  private static final int NODE_PORT = 30080;
  private static Testbed bed;
  private static NftablesDataplane dataplane;

  @BeforeAll
  static void open() {
    bed = new Testbed(6);
    dataplane = bed.node().call(NftablesDataplane::open);
  }

  /** A test must not meet the connections of another one that had the same ports by chance. */
  @BeforeEach
  void forgetConnections() {
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
  @CsvSource({"false,TCP", "true,TCP", "false,UDP", "true,UDP"})
  @DisplayName("300 connections to a ClusterIP and to a NodePort reach every endpoint")
  void spreads(boolean v6, Protocol protocol) {
    serve(service(v6, protocol, 0, 1, 2, 3));
    var byClusterIp = ask(bed.client(), protocol, vip(v6), 80, 300);
    assertThat(names(byClusterIp)).containsOnlyKeys("pod1", "pod2", "pod3");
    assertThat(names(byClusterIp).values()).allMatch(n -> n > 50);
    var byNodePort = ask(bed.client(), protocol, nodeIp(v6), NODE_PORT, 300);
    assertThat(names(byNodePort)).containsOnlyKeys("pod1", "pod2", "pod3");
  }

  @ParameterizedTest(name = "IPv6 {0}, {1}")
  @CsvSource({"false,TCP", "true,TCP", "false,UDP", "true,UDP"})
  @DisplayName("the node itself reaches a ClusterIP and its own NodePort")
  void fromTheNode(boolean v6, Protocol protocol) {
    serve(service(v6, protocol, 0, 1, 2));
    assertThat(names(ask(bed.node(), protocol, vip(v6), 80, 40))).containsOnlyKeys("pod1", "pod2");
    assertThat(names(ask(bed.node(), protocol, nodeIp(v6), NODE_PORT, 40)))
        .containsOnlyKeys("pod1", "pod2");
  }

  @ParameterizedTest(name = "IPv6 {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("a Service without endpoints refuses TCP and UDP at once, from everywhere")
  void refuses(boolean v6) {
    serve(service(v6, Protocol.TCP, 0), service(v6, Protocol.UDP, 0));
    for (NetworkNamespace from : List.of(bed.client(), bed.node(), bed.pod(1))) {
      assertThat(refusal(from, vip(v6), 80)).isInstanceOf(ConnectException.class);
      assertThat(refusal(from, nodeIp(v6), NODE_PORT)).isInstanceOf(ConnectException.class);
      var udp = assertThatThrownBy(() -> from.call(() -> Testbed.udp(vip(v6), 80))).cause();
      if (from == bed.node()) {
        // The sender's own kernel says so before any packet leaves.
        udp.isInstanceOf(IOException.class).hasMessageContaining("Operation not permitted");
      } else {
        udp.isInstanceOf(PortUnreachableException.class);
      }
    }
  }

  @ParameterizedTest(name = "IPv6 {0}, {1}")
  @CsvSource({"false,TCP", "true,TCP", "false,UDP", "true,UDP"})
  @DisplayName("a Pod reaches itself through its Service, and sees the node's address")
  void hairpin(boolean v6, Protocol protocol) {
    serve(service(v6, protocol, 0, 1));
    assertThat(ask(bed.pod(1), protocol, vip(v6), 80, 3)).containsOnly("pod1 " + bridgeIp(v6));
    assertThat(ask(bed.pod(1), protocol, nodeIp(v6), NODE_PORT, 3))
        .containsOnly("pod1 " + bridgeIp(v6));
  }

  @ParameterizedTest(name = "IPv6 {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("masquerade: NodePorts and strangers to a ClusterIP, but not Pods to a ClusterIP")
  void masquerade(boolean v6) {
    serve(service(v6, Protocol.TCP, 0, 1));
    assertThat(ask(bed.client(), Protocol.TCP, nodeIp(v6), NODE_PORT, 1))
        .containsOnly("pod1 " + bridgeIp(v6));
    assertThat(ask(bed.client(), Protocol.TCP, vip(v6), 80, 1))
        .containsOnly("pod1 " + bridgeIp(v6));
    assertThat(ask(bed.pod(2), Protocol.TCP, vip(v6), 80, 1))
        .containsOnly("pod1 " + Testbed.podIp(2, v6));
    assertThat(ask(bed.pod(2), Protocol.TCP, Testbed.podIp(1, v6), Testbed.PORT, 1))
        .as("no Service in between")
        .containsOnly("pod1 " + Testbed.podIp(2, v6));
  }

  @ParameterizedTest(name = "IPv6 {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("masquerade follows the node's facts: unknown Pod ranges, then masqueradeAll")
  void nodeFacts(boolean v6) {
    serve(service(v6, Protocol.TCP, 0, 1));
    dataplane.apply(facts(Samples.facts(NODE.nodePortAddresses(), List.of(), false)));
    assertThat(ask(bed.client(), Protocol.TCP, vip(v6), 80, 1))
        .containsOnly("pod1 " + (v6 ? "fd50::2" : "192.168.50.2"));
    dataplane.apply(facts(Samples.facts(NODE.nodePortAddresses(), Plans.POD_RANGES, true)));
    assertThat(ask(bed.pod(2), Protocol.TCP, vip(v6), 80, 1)).containsOnly("pod1 " + bridgeIp(v6));
    dataplane.apply(facts(Samples.facts(List.of(), Plans.POD_RANGES, false)));
    assertThat(refusal(bed.client(), nodeIp(v6), NODE_PORT))
        .as("nobody listens on the node")
        .isInstanceOf(ConnectException.class);
    assertThat(ask(bed.pod(2), Protocol.TCP, vip(v6), 80, 1))
        .containsOnly("pod1 " + Testbed.podIp(2, v6));
  }

  @ParameterizedTest(name = "IPv6 {0}, {1}")
  @CsvSource({"false,TCP", "true,TCP", "false,UDP", "true,UDP"})
  @DisplayName("affinity keeps a client on its endpoint until that is gone, then on another")
  void affinity(boolean v6, Protocol protocol) {
    serve(service(v6, protocol, 600, 1, 2, 3, 4, 5, 6));
    String first = only(ask(bed.client(), protocol, vip(v6), 80, 30));
    assertThat(only(ask(bed.client(), protocol, nodeIp(v6), NODE_PORT, 30)))
        .as("the NodePort knows the client too")
        .isEqualTo(first);
    var others = new HashSet<String>();
    for (int i = 1; i <= 6; i++) {
      others.add(only(ask(bed.pod(i), protocol, vip(v6), 80, 5)));
    }
    assertThat(others).as("clients differ").hasSizeGreaterThan(1);

    int gone = Integer.parseInt(first.substring(3));
    dataplane.apply(changed(service(v6, protocol, 600, without(gone))));
    // A new UDP socket may get the port of an old one, whose flow still leads to the old endpoint.
    bed.node().exec("sh", "-c", "conntrack -F 2>/dev/null");
    String second = only(ask(bed.client(), protocol, vip(v6), 80, 30));
    assertThat(second).isNotEqualTo(first);
    dataplane.apply(changed(service(v6, protocol, 600, 1, 2, 3, 4, 5, 6)));
    assertThat(only(ask(bed.client(), protocol, vip(v6), 80, 30))).isEqualTo(second);
  }

  @ParameterizedTest(name = "IPv6 {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("affinity lasts from the last connection, and ends after its time")
  void affinityEnds(boolean v6) throws Exception {
    serve(service(v6, Protocol.TCP, 3, 1, 2, 3, 4, 5, 6));
    var seen = new HashSet<String>();
    for (int i = 0; i < 10; i++) {
      seen.addAll(ask(bed.client(), Protocol.TCP, vip(v6), 80, 1));
      Thread.sleep(500);
    }
    assertThat(seen).as("5 s, each connection well within 3 s of the one before").hasSize(1);
    String family = v6 ? "ip6" : "ip";
    for (int i = 0; i < 100 && affinities(family).contains("elements"); i++) {
      Thread.sleep(100);
    }
    assertThat(affinities(family)).as("10 s later").doesNotContain("elements");
  }

  @ParameterizedTest(name = "IPv6 {0}, affinity {1}")
  @CsvSource({"false,0", "true,0", "false,600", "true,600"})
  @DisplayName("300 changes between 3 and 6 endpoints: no connection fails")
  void scaling(boolean v6, int affinity) throws Exception {
    serve(service(v6, Protocol.TCP, affinity, 1, 2, 3));
    var done = new AtomicBoolean();
    var asked = new AtomicInteger();
    var failures = new ArrayList<String>();
    var clients = new ArrayList<Thread>();
    for (NetworkNamespace from : List.of(bed.client(), bed.node())) {
      clients.add(
          from.start(
              () -> {
                while (!done.get()) {
                  try {
                    Testbed.tcp(vip(v6), 80);
                    asked.incrementAndGet();
                  } catch (IOException e) {
                    synchronized (failures) {
                      failures.add(e.toString());
                    }
                  }
                }
              }));
    }
    for (int i = 0; i < 100; i++) {
      dataplane.apply(changed(service(v6, Protocol.TCP, affinity, 1, 2, 3, 4)));
      dataplane.apply(changed(service(v6, Protocol.TCP, affinity, 1, 2, 3, 4, 5, 6)));
      int before = asked.get();
      for (int wait = 0; wait < 1000 && asked.get() < before + 2; wait++) {
        Thread.sleep(1);
      }
      dataplane.apply(changed(service(v6, Protocol.TCP, affinity, 1, 2, 3)));
    }
    done.set(true);
    for (Thread client : clients) {
      assertThat(client.join(java.time.Duration.ofSeconds(30))).isTrue();
    }
    assertThat(failures).isEmpty();
    assertThat(asked.get()).isGreaterThan(200);
  }

  @Test
  @DisplayName("a removed Service is nobody's any more")
  void removed() {
    serve(service(false, Protocol.TCP, 0, 1));
    assertThat(ask(bed.client(), Protocol.TCP, vip(false), 80, 1)).hasSize(1);
    dataplane.apply(Plans.removed(key("web", Protocol.TCP, false)));
    assertThat(refusal(bed.client(), nodeIp(false), NODE_PORT))
        .isInstanceOf(ConnectException.class);
    assertThat(refusal(bed.node(), vip(false), 80)).isInstanceOf(IOException.class);
  }

  private static void serve(PortPlan... ports) {
    dataplane.replace(plan(NODE, ports), Doors.OPEN);
  }

  private static PlanDelta facts(NodeFacts facts) {
    return new PlanDelta(facts, List.of(), List.of());
  }

  private static PortPlan service(boolean v6, Protocol protocol, int affinity, int... pods) {
    return port(key("web", protocol, v6), vip(v6), NODE_PORT, affinity, pods(v6, pods));
  }

  private static int[] without(int gone) {
    return java.util.stream.IntStream.rangeClosed(1, 6).filter(i -> i != gone).toArray();
  }

  private static String vip(boolean v6) {
    return v6 ? "fd96::10" : "10.96.0.10";
  }

  private static String nodeIp(boolean v6) {
    return v6 ? "fd50::1" : "192.168.50.1";
  }

  private static String bridgeIp(boolean v6) {
    return v6 ? "fd44::1" : "10.244.0.1";
  }

  private static String affinities(String family) {
    return bed.node().exec("nft", "list", "map", family, "portolan", "affinity");
  }

  private static List<String> ask(
      NetworkNamespace from, Protocol protocol, String address, int port, int times) {
    return from.call(
        () -> {
          var answers = new ArrayList<String>();
          for (int i = 0; i < times; i++) {
            answers.add(
                protocol == Protocol.TCP ? Testbed.tcp(address, port) : Testbed.udp(address, port));
          }
          return answers;
        });
  }

  private static Map<String, Integer> names(List<String> answers) {
    var names = new HashMap<String, Integer>();
    answers.forEach(
        answer -> names.merge(answer.substring(0, answer.indexOf(' ')), 1, Integer::sum));
    return names;
  }

  private static String only(List<String> answers) {
    var names = names(answers);
    assertThat(names).hasSize(1);
    return names.keySet().iterator().next();
  }

  /** What a connection fails with within half a second. */
  private static IOException refusal(NetworkNamespace from, String address, int port) {
    return from.call(
        () -> {
          try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 500);
            throw new AssertionError("connected to " + address + " port " + port);
          } catch (IOException e) {
            return e;
          }
        });
  }
}
