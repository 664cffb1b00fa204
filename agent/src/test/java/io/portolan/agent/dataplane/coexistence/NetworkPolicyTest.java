package io.portolan.agent.dataplane.coexistence;

import static io.portolan.agent.dataplane.coexistence.Traffic.SILENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.nftables.Testbed;
import io.portolan.agent.service.Protocol;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Pods 1 and 2 admit each other and Pod 3, and nobody else; Pod 4 and the client are nobody. An
 * engine must see the Pod that a packet goes to, and who sent it: the Pod's address after our
 * translation, the sender's before our masquerading.
 */
@DisplayName("beside a NetworkPolicy engine")
class NetworkPolicyTest {
  /**
   * An engine that uses iptables as kube-router and Calico do: its chain first in FORWARD, sets of
   * sources, a mark for what a policy admits and another one for what may go on, and the rest
   * dropped.
   */
  @SuppressWarnings("InlineFormatString") // A file, read better by itself.
  private static final String IPTABLES_ENGINE =
      """
      *filter
      :KUBE-ROUTER-FORWARD - [0:0]
      :KUBE-POD-FW-WEB - [0:0]
      :KUBE-NWPLCY-WEB - [0:0]
      -I FORWARD 1 -m comment --comment "kube-router netpol" -j KUBE-ROUTER-FORWARD
      -A FORWARD -m mark --mark 0x20000/0x20000 -m comment --comment "complies with policies" -j ACCEPT
      -A KUBE-ROUTER-FORWARD -m set --match-set %1$sPODS dst -j KUBE-POD-FW-WEB
      -A KUBE-POD-FW-WEB -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A KUBE-POD-FW-WEB -j KUBE-NWPLCY-WEB
      -A KUBE-POD-FW-WEB -m mark ! --mark 0x10000/0x10000 -j DROP
      -A KUBE-POD-FW-WEB -j MARK --set-xmark 0x0/0x10000
      -A KUBE-POD-FW-WEB -j MARK --set-xmark 0x20000/0x20000
      -A KUBE-NWPLCY-WEB -p tcp -m set --match-set %1$sFROM src -m tcp --dport 8080 -j MARK --set-xmark 0x10000/0x10000
      -A KUBE-NWPLCY-WEB -p udp -m set --match-set %1$sFROM src -m udp --dport 8080 -j MARK --set-xmark 0x10000/0x10000
      COMMIT
      """;

  /** What kube-router and Calico do from time to time. */
  private static final String FIRST_AGAIN =
      """
      *filter
      -D FORWARD -m comment --comment "kube-router netpol" -j KUBE-ROUTER-FORWARD
      -I FORWARD 1 -m comment --comment "kube-router netpol" -j KUBE-ROUTER-FORWARD
      COMMIT
      """;

  /**
   * An engine that uses nftables, hooked in as kube-network-policies is: right before the source is
   * translated, where all packets to Pods pass. It decides by sets here instead of a queue. IPv4 is
   * in the hook that others use.
   */
  private static final String NFTABLES_ENGINE =
      """
      table inet kube-network-policies {
        set podips-v4 {
          type ipv4_addr
          elements = { 10.244.0.11, 10.244.0.12 }
        }
        set podips-v6 {
          type ipv6_addr
          elements = { fd44::11, fd44::12 }
        }
        set from-v4 {
          type ipv4_addr
          elements = { 10.244.0.11, 10.244.0.12, 10.244.0.13 }
        }
        set from-v6 {
          type ipv6_addr
          elements = { fd44::11, fd44::12, fd44::13 }
        }
        chain forward {
          type filter hook forward priority filter; policy accept;
          ct state established,related accept
          ip daddr @podips-v4 ip saddr != @from-v4 drop
        }
        chain postrouting {
          type filter hook postrouting priority srcnat - 5; policy accept;
          icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
          meta skuid 0 accept
          ct state established,related accept
          ip6 daddr @podips-v6 ip6 saddr != @from-v6 drop
        }
      }
      """;

  /** All bits of the mark but ours, see {@code IptablesDataplane.MARK_BIT}. */
  private static final String ALL_MARKS = "0xffffefff";

  /**
   * Whoever uses marks: sets all bits but ours on what comes in and on what the node sends, keeps
   * them with the connection, and looks at the very end whether they are still there.
   */
  private static final String MARKS =
      """
      table inet marks {
        counter kept {
        }
        counter lost {
        }
        chain prerouting {
          type filter hook prerouting priority mangle; policy accept;
          meta l4proto != { tcp, udp } accept
          ct direction original meta mark set 0xffffefff
          ct state new ct mark set meta mark
          ct direction reply meta mark set ct mark
        }
        chain output {
          type route hook output priority mangle; policy accept;
          meta l4proto { tcp, udp } ct direction original meta mark set 0xffffefff
          meta l4proto { tcp, udp } ct state new ct mark set meta mark
        }
        chain postrouting {
          type filter hook postrouting priority srcnat + 50; policy accept;
          meta l4proto != { tcp, udp } accept
          ct status dnat ct direction original meta mark 0xffffefff counter name kept accept
          ct status dnat ct direction original counter name lost
        }
      }
      """;

  private static Testbed bed;
  private static Others others;

  @BeforeAll
  static void open() {
    bed = new Testbed(4);
    bed.node().exec("sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0");
    others = new Others(bed.node());
  }

  @AfterAll
  static void close() {
    if (bed != null) {
      bed.close();
    }
  }

  /** Nobody reaches the Pods behind the Service, directly or by its ClusterIP. */
  private static void strangersDenied() {
    var through = new ConcurrentLinkedQueue<String>();
    // At once, for silence takes its time.
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (boolean v6 : List.of(false, true)) {
        for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
          for (String to : List.of(Services.clusterIp("web", v6), Traffic.pod(1, v6))) {
            int port = to.equals(Traffic.pod(1, v6)) ? Testbed.PORT : 80;
            threads.execute(
                () -> {
                  String answer = Traffic.ask(bed.pod(4), protocol, to, port, SILENCE);
                  if (!answer.equals(SILENCE)) {
                    through.add(protocol + " to " + to + ": " + answer);
                  }
                });
          }
        }
      }
    }
    assertThat(through).as("Pod 4 is admitted by nobody").isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName(
      "of iptables: whom it admits gets to the Service, nobody else does; from outside through"
          + " NodePorts only while it is first in FORWARD")
  void iptablesEngine(Guest guest) {
    for (boolean v6 : List.of(false, true)) {
      String sets = v6 ? "inet6:KUBE-" : "KUBE-";
      for (String set : List.of("PODS", "FROM")) {
        bed.node().exec("ipset", "create", sets + set, "hash:ip", "family", v6 ? "inet6" : "inet");
        bed.node().exec("ipset", "add", sets + set, Traffic.pod(1, v6));
        bed.node().exec("ipset", "add", sets + set, Traffic.pod(2, v6));
      }
      bed.node().exec("ipset", "add", sets + "FROM", Traffic.pod(3, v6));
      others.restore(program(guest, v6), IPTABLES_ENGINE.formatted(sets));
    }
    try (var stay = new Stay(bed, guest)) {
      stay.serve();
      strangersDenied();
      // Our own chain is before the engine's now, and lets through what is masqueraded.
      Way.all(bed, 1, guest.iptables() ? Set.of() : Set.of(Way.OUTSIDE_TO_NODE_PORT));

      for (boolean v6 : List.of(false, true)) {
        others.restore(program(guest, v6), FIRST_AGAIN);
      }
      stay.othersChanged();
      Way.all(bed, 1, Set.of(Way.OUTSIDE_TO_NODE_PORT));
      strangersDenied();

      stay.change();
      Way.all(bed, 2, Set.of(Way.OUTSIDE_TO_NODE_PORT));
      strangersDenied();
      stay.audits();
      Way.all(bed, 2, Set.of(Way.OUTSIDE_TO_NODE_PORT));
      stay.leave();
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(names = "NFTABLES_BESIDE_LEGACY", mode = EnumSource.Mode.EXCLUDE)
  @DisplayName("of nftables: whom it admits gets to the Service, and nobody else does")
  void nftablesEngine(Guest guest) {
    others.nft(NFTABLES_ENGINE);
    try (var stay = new Stay(bed, guest)) {
      stay.wholeLife(
          endpoint -> {
            Way.all(bed, endpoint, Set.of(Way.OUTSIDE_TO_NODE_PORT));
            strangersDenied();
          });
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(names = "NFTABLES_BESIDE_LEGACY", mode = EnumSource.Mode.EXCLUDE)
  @DisplayName("all bits of the mark but ours, of packets and connections, stay as others set them")
  void marks(Guest guest) {
    others.nft(MARKS);
    try (var stay = new Stay(bed, guest)) {
      stay.wholeLife(
          endpoint -> {
            Way.all(bed, endpoint, Set.of());
            assertThat(counted("kept")).isGreaterThan(20);
            assertThat(counted("lost")).isZero();
            assertThat(connectionsToNodePort())
                .isNotEmpty()
                .allMatch(line -> line.contains("mark=" + Long.decode(ALL_MARKS)));
          });
    }
  }

  private static String program(Guest guest, boolean v6) {
    return (v6 ? "ip6tables-" : "iptables-") + guest.othersBackend();
  }

  private static int counted(String counter) {
    String text = bed.node().exec("nft", "list", "counter", "inet", "marks", counter);
    Matcher found = Pattern.compile("packets (\\d+)").matcher(text);
    assertThat(found.find()).as(text).isTrue();
    return Integer.parseInt(found.group(1));
  }

  private static List<String> connectionsToNodePort() {
    return bed.node()
        .exec("sh", "-c", "conntrack -L 2>/dev/null")
        .lines()
        .filter(line -> line.contains("dport=" + Services.WEB_NODE_PORT + " "))
        .toList();
  }
}
