package io.portolan.agent.dataplane.nftables;

import static io.portolan.agent.dataplane.nftables.Plans.NODE;
import static io.portolan.agent.dataplane.nftables.Plans.changed;
import static io.portolan.agent.dataplane.nftables.Plans.key;
import static io.portolan.agent.dataplane.nftables.Plans.plan;
import static io.portolan.agent.dataplane.nftables.Plans.pods;
import static io.portolan.agent.dataplane.nftables.Plans.port;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkException;
import io.portolan.agent.kernel.NetlinkSocket;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.Pools;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("nftables: what stands in the kernel")
class KernelStateTest {
  private static final Audit CLEAN = new Audit(0, 0, 0);

  private final List<String> sent = new ArrayList<>();
  private NetworkNamespace node;
  private NftablesDataplane dataplane;

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("state");
    dataplane = another();
  }

  @AfterEach
  void close() {
    dataplane.close();
    node.close();
  }

  @Test
  @DisplayName("nft prints both tables, and a person finds the Service in them")
  void readable() {
    dataplane.replace(full(), Doors.OPEN);
    for (String family : List.of("ip", "ip6")) {
      String table = nft("list", "table", family, "portolan");
      assertThat(table)
          .contains("Services of Kubernetes")
          .contains("comment \"test/web:web\"")
          .contains("goto sticky-2-600")
          .contains("goto nodeport-pick-3")
          .contains("goto reject-service")
          .contains("goto outside-pick-1")
          .contains("goto nodeport-outside-pick-0")
          .contains("goto masquerade-own")
          .contains("goto firewall")
          .containsPattern("tcp \\. 80 \\. \\S+ comment \"test/lb:web\"")
          .contains("sctp . 80")
          .doesNotContain("unknown");
    }
    assertThat(nft("list", "table", "ip", "portolan")).contains("10.244.0.11 . 8080");
    assertThat(nft("-j", "list", "ruleset")).contains("test/web:web");
  }

  @Test
  @DisplayName("the number of chains and rules does not grow with the number of Services")
  void constantRules() {
    dataplane.replace(plan(NODE, many(10)), Doors.OPEN);
    long few = lines();
    dataplane.replace(plan(NODE, many(10_000)), Doors.OPEN);
    assertThat(lines()).isEqualTo(few);
  }

  @Test
  @DisplayName("a second agent that finds its plan in the kernel writes nothing")
  void adopts() {
    assertThat(dataplane.replace(full(), Doors.OPEN).missing()).isPositive();
    // Slots that only history explains.
    dataplane.apply(changed(service("web", 0, 1, 2, 3, 4, 5, 6)));
    dataplane.apply(changed(service("web", 0, 2, 4, 6)));
    Plan now = full(service("web", 0, 2, 4, 6));
    int generation = generation();
    sent.clear();
    try (var second = another()) {
      assertThat(second.replace(now, Doors.OPEN)).isEqualTo(CLEAN);
      assertThat(sent).isEmpty();
      assertThat(generation()).isEqualTo(generation);
      second.apply(changed(service("web", 0, 2, 4)));
    }
    assertThat(elements("endpoints")).doesNotContain("10.244.0.16");
  }

  @Test
  @DisplayName("one endpoint more or less sends its elements and nothing else")
  void oneEndpoint() {
    dataplane.replace(plan(NODE, many(50)), Doors.OPEN);
    dataplane.apply(changed(service("web", 0, 1, 2, 3)));
    dataplane.apply(changed(service("web", 0, 1, 2, 3, 4)));
    sent.clear();
    // Pod 4 has the last slot; the chains for three and four endpoints are there.
    dataplane.apply(changed(service("web", 0, 1, 2, 3)));
    assertThat(sent)
        .containsExactly(
            "delete element 10.96.0.10 . tcp . 80 from services of table ip portolan",
            "delete element tcp . 30080 from nodeports of table ip portolan",
            "delete element " + slot("web", 3) + " from endpoints of table ip portolan",
            "delete element 10.244.0.14 . 10.244.0.14 from hairpin of table ip portolan",
            "add element 10.96.0.10 . tcp . 80 to services of table ip portolan",
            "add element tcp . 30080 to nodeports of table ip portolan");
    sent.clear();
    dataplane.apply(changed(service("web", 0, 1, 2, 5)));
    assertThat(sent)
        .as("as many as before: only the slot and the hairpin")
        .containsExactly(
            "delete element " + slot("web", 2) + " from endpoints of table ip portolan",
            "add element " + slot("web", 2) + " to endpoints of table ip portolan",
            "add element 10.244.0.15 . 10.244.0.15 to hairpin of table ip portolan");
  }

  @Test
  @DisplayName("drift is counted and repaired: missing, stale and foreign elements")
  void elementDrift() {
    dataplane.replace(full(), Doors.OPEN);
    String before = nft("list", "table", "ip", "portolan");
    nft("delete", "element", "ip", "portolan", "services", "{ 10.96.0.10 . tcp . 80 }");
    nft("add", "element", "ip", "portolan", "services", "{ 10.9.9.9 . tcp . 1 : drop }");
    nft("add", "element", "ip", "portolan", "cluster-ips", "{ 10.9.9.9 }");
    nft("delete", "element", "ip", "portolan", "nodeports", "{ tcp . 30080 }");
    nft("add", "element", "ip", "portolan", "nodeports", "{ tcp . 30080 : accept }");
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(new Audit(1, 1, 2));
    assertThat(nft("list", "table", "ip", "portolan")).isEqualTo(before);
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("drift is counted and repaired: rules, chains and sets")
  void ruleDrift() {
    dataplane.replace(full(), Doors.OPEN);
    String before = nft("list", "table", "ip", "portolan");
    nft("add", "rule", "ip", "portolan", "services", "counter");
    nft("add", "chain", "ip", "portolan", "mine");
    nft("add", "rule", "ip", "portolan", "mine", "drop");
    nft("add", "rule", "ip", "portolan", "prerouting", "tcp dport 1 jump mine");
    nft("add", "set", "ip", "portolan", "own", "{ type ipv4_addr; }");
    nft("flush", "chain", "ip", "portolan", "postrouting");
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(new Audit(6, 0, 5));
    assertThat(nft("list", "table", "ip", "portolan")).isEqualTo(before);
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("a table of another layout, or of somebody else's making, is built anew")
  void otherLayout() {
    nft("add", "table", "ip", "portolan");
    nft("add", "set", "ip", "portolan", "services", "{ type ipv4_addr; }");
    nft("add", "element", "ip", "portolan", "services", "{ 10.9.9.9 }");
    assertThat(dataplane.replace(full(), Doors.OPEN).stale()).isEqualTo(1);
    assertThat(nft("list", "table", "ip", "portolan")).doesNotContain("10.9.9.9");
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(CLEAN);
    nft("delete", "table", "ip6", "portolan");
    assertThat(dataplane.replace(full(), Doors.OPEN).missing()).isPositive();
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("other tables are left alone, also when everything of ours is removed")
  void remove() {
    nft("add", "table", "ip", "other");
    dataplane.replace(full(), Doors.OPEN);
    dataplane.remove();
    assertThat(nft("list", "tables").strip()).isEqualTo("table ip other");
    dataplane.remove();
    assertThatThrownBy(() -> dataplane.apply(changed(service("web", 0, 1))))
        .isInstanceOf(IllegalStateException.class);
    dataplane.replace(full(), Doors.OPEN);
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("a refused change names the element and the kernel's reason, and leaves no trace")
  void refused() {
    dataplane.replace(full(), Doors.OPEN);
    nft("delete", "element", "ip", "portolan", "service-ids", "{ 10.96.0.10 . tcp . 80 }");
    String before = nft("list", "ruleset");
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> dataplane.apply(Plans.removed(key("web", Protocol.TCP, false))))
          .isInstanceOf(DataplaneException.class)
          .hasMessage(
              "cannot delete element 10.96.0.10 . tcp . 80 from service-ids of table ip portolan:"
                  + " ENOENT (No such file or directory)")
          .cause()
          .isInstanceOf(NetlinkException.class);
      assertThat(nft("list", "ruleset")).isEqualTo(before);
    }
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(new Audit(1, 0, 0));
    dataplane.apply(Plans.removed(key("web", Protocol.TCP, false)));
    assertThat(elements("services")).doesNotContain("10.96.0.10");
  }

  @Test
  @DisplayName("of several elements in one message, the refused one is named")
  void refusedAmongOthers() {
    dataplane.replace(full(), Doors.OPEN);
    nft("delete", "element", "ip", "portolan", "endpoints", "{ " + slot("web", 1) + " }");
    assertThatThrownBy(() -> dataplane.apply(Plans.removed(key("web", Protocol.TCP, false))))
        .hasMessageContaining("delete element " + slot("web", 1) + " from endpoints");
  }

  @Test
  @DisplayName("a table that was put to sleep works again")
  void dormant() {
    dataplane.replace(full(), Doors.OPEN);
    nft("add", "table", "ip", "portolan", "{ flags dormant; }");
    assertThat(dataplane.replace(full(), Doors.OPEN).stale()).isEqualTo(1);
    assertThat(nft("list", "table", "ip", "portolan")).doesNotContain("dormant");
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("a change of a table that is gone says so")
  void tableGone() {
    dataplane.replace(full(), Doors.OPEN);
    nft("delete", "table", "ip", "portolan");
    assertThatThrownBy(() -> dataplane.apply(changed(service("web", 0, 1, 2, 3, 4, 5))))
        .isInstanceOf(DataplaneException.class)
        .hasMessageContaining("table ip portolan")
        .hasMessageContaining("ENOENT (No such file or directory)");
    dataplane.replace(full(), Doors.OPEN);
    assertThat(dataplane.replace(full(), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("Pod ranges that overlap or touch, and the whole address space, are taken")
  void ranges() {
    var ranges =
        List.of("10.0.0.0/9", "10.128.0.0/9", "10.2.0.0/16", "192.168.0.0/24", "fd00::/8", "::/0")
            .stream()
            .map(Cidr::parse)
            .toList();
    var facts = Samples.facts(NODE.nodePortAddresses(), ranges, false);
    dataplane.replace(plan(facts, service("web", 0, 1)), Doors.OPEN);
    assertThat(elements("pod-ranges")).contains("{ 10.0.0.0/8, 192.168.0.0/24 }");
    assertThat(nft("list", "set", "ip6", "portolan", "pod-ranges")).contains("::/0");
    assertThat(dataplane.replace(plan(facts, service("web", 0, 1)), Doors.OPEN)).isEqualTo(CLEAN);
    var all = Samples.facts(List.of(), List.of(Cidr.parse("0.0.0.0/0")), false);
    dataplane.apply(new PlanDelta(all, List.of(), List.of()));
    assertThat(elements("pod-ranges")).contains("0.0.0.0/0");
    assertThat(dataplane.replace(plan(all, service("web", 0, 1)), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("addresses that several Services share stay until the last of them goes")
  void sharedAddresses() {
    var other = port(key("other", Protocol.UDP, false), "10.96.0.10", 0, 0, pods(false, 1));
    dataplane.replace(plan(NODE, service("web", 0, 1), other), Doors.OPEN);
    dataplane.apply(Plans.removed(other.key()));
    assertThat(elements("cluster-ips")).contains("10.96.0.10");
    assertThat(elements("hairpin")).contains("10.244.0.11 . 10.244.0.11");
    dataplane.apply(Plans.removed(key("web", Protocol.TCP, false)));
    assertThat(elements("cluster-ips")).doesNotContain("10.96.0.10");
    assertThat(elements("hairpin")).doesNotContain("10.244.0.11");
  }

  @Test
  @DisplayName("the longest affinity that fits a number is taken")
  void longAffinity() {
    var plan = plan(NODE, service("web", Integer.MAX_VALUE, 1, 2));
    dataplane.replace(plan, Doors.OPEN);
    assertThat(dataplane.replace(plan, Doors.OPEN)).isEqualTo(CLEAN);
    assertThat(elements("services")).contains("goto sticky-2-2147483647");
  }

  @Test
  @DisplayName("Service ports whose numbers collide keep apart, in whatever order they come")
  void collidingNumbers() {
    var names = new HashMap<Integer, String>();
    String first = null;
    String second = "";
    for (int i = 0; first == null; i++) {
      second = "n" + i;
      first = names.put(number(second), second);
    }
    var one = port(key(first, Protocol.TCP, false), "10.96.0.21", 0, 0, pods(false, 1));
    var two = port(key(second, Protocol.TCP, false), "10.96.0.22", 0, 0, pods(false, 2));
    dataplane.replace(plan(NODE, two), Doors.OPEN);
    dataplane.apply(Plans.changed(one));
    assertThat(elements("endpoints")).contains("10.244.0.11").contains("10.244.0.12");
    assertThat(dataplane.replace(plan(NODE, one, two), Doors.OPEN)).isEqualTo(CLEAN);
    dataplane.apply(Plans.removed(two.key()));
    assertThat(elements("endpoints")).contains("10.244.0.11").doesNotContain("10.244.0.12");
    assertThat(dataplane.replace(plan(NODE, one), Doors.OPEN)).isEqualTo(CLEAN);
  }

  @Test
  @DisplayName("pick chains that nobody uses do not pile up")
  void spareChains() {
    dataplane.replace(plan(NODE, service("web", 0, 1)), Doors.OPEN);
    for (int seconds = 1; seconds <= 100; seconds++) {
      dataplane.apply(changed(service("web", seconds, 1)));
    }
    long chains = nft("list", "chains", "ip").lines().filter(l -> l.contains("sticky")).count();
    assertThat(chains).isBetween(1L, (long) Model.SPARE_CHAINS + 2);
  }

  private static Plan full(PortPlan... changed) {
    var ports = new ArrayList<PortPlan>();
    for (boolean v6 : List.of(false, true)) {
      String net = v6 ? "fd96::" : "10.96.0.";
      ports.add(port(key("web", Protocol.TCP, v6), net + "10", 30080, 0, pods(v6, 1, 2, 3)));
      ports.add(port(key("dns", Protocol.UDP, v6), net + "11", 0, 600, pods(v6, 2, 5)));
      ports.add(port(key("sig", Protocol.SCTP, v6), net + "12", 30082, 0, pods(v6, 1)));
      ports.add(port(key("none", Protocol.TCP, v6), net + "13", 30083, 0, pods(v6)));
      ports.add(balanced(key("lb", Protocol.TCP, v6), "14", 30084, 0, pods(v6, 1)));
      ports.add(balanced(key("away", Protocol.UDP, v6), "15", 30085, 600, List.of()));
    }
    for (PortPlan port : changed) {
      ports.removeIf(p -> p.key().equals(port.key()));
      ports.add(port);
    }
    return plan(NODE, ports.toArray(PortPlan[]::new));
  }

  private static PortPlan service(String name, int affinity, int... pods) {
    return port(key(name, Protocol.TCP, false), "10.96.0.10", 30080, affinity, pods(false, pods));
  }

  /** Behind a load balancer with source ranges, external policy Local; endpoints 1 and 2. */
  private static PortPlan balanced(
      PortKey key, String host, int nodePort, int affinity, List<Endpoint> here) {
    boolean v6 = key.family() == IpFamily.IPV6;
    var plain = port(key, (v6 ? "fd96::" : "10.96.0.") + host, nodePort, affinity, pods(v6, 1, 2));
    var frontends = new ArrayList<>(plain.frontends());
    String outside = v6 ? "fd98::" : "192.0.2.";
    frontends.add(new Frontend.LoadBalancerIp(Ip.parse(outside + host), 80));
    frontends.add(new Frontend.ExternalIp(Ip.parse(outside + "1" + host), 80));
    return new PortPlan(
        key,
        frontends,
        TrafficPolicy.CLUSTER,
        TrafficPolicy.LOCAL,
        new Pools(plain.pools().cluster(), here, true),
        List.of(Cidr.parse(v6 ? "fd50::/64" : "192.168.50.0/24"), Cidr.parse("10.9.0.0/29")),
        affinity,
        List.of(),
        0);
  }

  private static PortPlan[] many(int count) {
    var ports = new PortPlan[count];
    for (int i = 0; i < count; i++) {
      ports[i] =
          port(
              key("many" + i, Protocol.TCP, false),
              new Ip(IpFamily.IPV4, 0, 0x0a610000L + i).toString(),
              0,
              0,
              pods(false, 1, 2, 3));
    }
    return ports;
  }

  /** Lines of chains and rules. */
  private long lines() {
    String text = nft("list", "table", "ip", "portolan");
    return text.substring(text.indexOf("\tchain ")).lines().count();
  }

  private static String slot(String name, int slot) {
    return String.format("0x%08x . 0x%08x", number(name), slot);
  }

  private static int number(String name) {
    return new Model()
        .freeId(key(name, Protocol.TCP, false), TrafficPolicy.CLUSTER, java.util.Set.of());
  }

  private NftablesDataplane another() {
    return node.call(
        () -> new NftablesDataplane(NetlinkSocket.open(NetlinkSocket.NETFILTER), this::note));
  }

  private void note(NetlinkBuffer batch) {
    for (int i = 1; i < batch.count() - 1; i++) {
      sent.add(Messages.describe(batch, i, -1));
    }
  }

  private int generation() {
    return node.call(
        () -> {
          try (var socket = NetlinkSocket.open(NetlinkSocket.NETFILTER);
              var buffer = new NetlinkBuffer()) {
            return new KernelReader(socket, buffer).generation();
          }
        });
  }

  private String elements(String set) {
    return nft("list", kind(set), "ip", "portolan", set);
  }

  private static String kind(String set) {
    NamedSet named = NamedSet.of(set);
    return named == null || named.data().isEmpty() ? "set" : "map";
  }

  private String nft(String... arguments) {
    var command = new ArrayList<>(List.of("nft"));
    command.addAll(List.of(arguments));
    return node.exec(command.toArray(String[]::new));
  }
}
