package io.portolan.agent.others;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.iptables.Backend;
import io.portolan.agent.dataplane.iptables.Commands;
import io.portolan.agent.dataplane.iptables.IptablesDataplane;
import io.portolan.agent.dataplane.iptables.Processes;
import io.portolan.agent.dataplane.nftables.NftablesDataplane;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.others.OtherProxy.Kind;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Other proxies in a kernel")
@Timeout(120)
class OtherProxiesTest {
  /** As kube-proxy and a kubelet before 1.28 leave them, in short. */
  private static final String KUBE_PROXY =
      """
      *mangle
      :KUBE-PROXY-CANARY - [0:0]
      COMMIT
      *nat
      :KUBE-MARK-DROP - [0:0]
      :KUBE-MARK-MASQ - [0:0]
      :KUBE-POSTROUTING - [0:0]
      :KUBE-SERVICES - [0:0]
      :KUBE-NODEPORTS - [0:0]
      :KUBE-SVC-NPX46M4PTMTKRN6Y - [0:0]
      -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
      -A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
      -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
      -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
      -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
      -A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
      -A KUBE-SERVICES -p tcp -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y
      -A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
      -A KUBE-SVC-NPX46M4PTMTKRN6Y -j KUBE-MARK-MASQ
      COMMIT
      *filter
      :KUBE-FIREWALL - [0:0]
      :KUBE-FORWARD - [0:0]
      -A INPUT -j KUBE-FIREWALL
      -A FORWARD -j KUBE-FORWARD
      -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP
      -A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
      COMMIT
      """;

  private static final String OLD_KUBELET =
      """
      *nat
      :KUBE-MARK-DROP - [0:0]
      :KUBE-MARK-MASQ - [0:0]
      :KUBE-POSTROUTING - [0:0]
      -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
      -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
      -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
      -A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
      COMMIT
      *filter
      :KUBE-FIREWALL - [0:0]
      -A INPUT -j KUBE-FIREWALL
      -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP
      COMMIT
      """;

  @TempDir private Path folder;

  private NetworkNamespace node;
  private ForeignRules neighbours;

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("others");
    neighbours = new ForeignRules(node, folder);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private List<OtherProxy> look() {
    return node.call(
        () -> {
          return new OtherProxies(port -> false).look();
        });
  }

  private void remove(Commands commands) {
    node.call(
        () -> {
          new OtherProxies(port -> false, commands).removeRulesOfKubeProxy();
          return null;
        });
  }

  private void remove() {
    remove(new Processes());
  }

  @Test
  @DisplayName("a clean node has none, and looking sets nothing up")
  void clean() {
    assertThat(look()).isEmpty();
    remove();
    for (String names : List.of("ip_tables_names", "ip6_tables_names")) {
      assertThat(node.exec("cat", "/proc/net/" + names)).isEmpty();
    }
    assertThat(node.exec("nft", "list", "ruleset")).isEmpty();
  }

  @Test
  @DisplayName("rules of kubelet, Docker, the CNI and users are no proxy, and nothing of them goes")
  void neighboursAlone() {
    neighbours.settle();
    neighbours.rules("nft", OLD_KUBELET);
    neighbours.rules("legacy", OLD_KUBELET);
    Map<String, String> before = neighbours.state();
    assertThat(look()).isEmpty();
    remove();
    assertThat(neighbours.state()).isEqualTo(before);
  }

  @Test
  @DisplayName("our own rules, of every mode, are no other proxy's, and stay")
  void own() {
    var port =
        Samples.port(
            Samples.key("web"),
            List.of(
                new Frontend.ClusterIp(Ip.parse("10.96.0.10"), 80), new Frontend.NodePort(30080)),
            List.of(new Endpoint(Ip.parse("10.1.0.1"), 8080, true)),
            60);
    var plan =
        new Plan(
            Samples.facts(
                List.of(Ip.parse("192.168.0.5")), List.of(Cidr.parse("10.1.0.0/16")), false),
            Map.of(port.key(), port));
    var sysctl = new Sysctl(Path.of("/proc/sys/net"));
    node.call(
        () -> {
          for (Backend backend : Backend.values()) {
            try (var mode = IptablesDataplane.open(backend, sysctl, IptablesDataplane.MARK_BIT)) {
              mode.replace(plan, Doors.OPEN);
            }
          }
          try (var mode = NftablesDataplane.open()) {
            mode.replace(plan, Doors.OPEN);
          }
          return null;
        });
    Map<String, String> before = neighbours.state();
    assertThat(before.get("iptables-legacy")).contains("PORTOLAN");
    assertThat(before).containsKey("nft table ip portolan");
    assertThat(look()).isEmpty();
    remove();
    assertThat(neighbours.state()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"legacy", "nft"})
  @DisplayName("kube-proxy's chains are found and go, in either backend; all others stay")
  void chains(String backend) {
    neighbours.settle();
    Map<String, String> before = neighbours.state();
    neighbours.rules(backend, KUBE_PROXY);
    assertThat(look())
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.kind()).isEqualTo(Kind.KUBE_PROXY);
              assertThat(found.serves()).isTrue();
              assertThat(found.running()).isFalse();
              assertThat(found.evidence())
                  .contains(
                      "chain KUBE-SERVICES in iptables-" + backend + " (nat, IPv4)",
                      "chain KUBE-SERVICES in iptables-" + backend + " (nat, IPv6)",
                      "chain KUBE-PROXY-CANARY in iptables-" + backend + " (mangle, IPv4)",
                      "2 chains of single Services and endpoints");
            });
    remove();
    assertThat(look()).isEmpty();
    Map<String, String> after = neighbours.state();
    assertThat(after.values())
        .noneMatch(
            text ->
                text.matches("(?s).*KUBE-(S|N|POST|MARK-MASQ|FOR).*")
                    && !text.contains("speaks of -j KUBE-SERVICES"));
    // kubelet's own of old are left; without them all is as it was.
    for (String program : List.of("iptables-", "ip6tables-")) {
      node.exec(program + backend, "-t", "nat", "-F", "KUBE-MARK-DROP");
      node.exec(program + backend, "-t", "nat", "-X", "KUBE-MARK-DROP");
      node.exec(program + backend, "-D", "INPUT", "-j", "KUBE-FIREWALL");
      node.exec(program + backend, "-F", "KUBE-FIREWALL");
      node.exec(program + backend, "-X", "KUBE-FIREWALL");
    }
    assertThat(neighbours.state()).isEqualTo(before);
  }

  @Test
  @DisplayName("chains that no packet reaches do not serve")
  void unreached() {
    for (String backend : ForeignRules.BACKENDS) {
      neighbours.rules(
          backend, "*nat\n:KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -j RETURN\nCOMMIT\n");
      neighbours.rules(
          backend, "*nat\n:MINE - [0:0]\n-A OUTPUT -j MINE\n-A MINE -j KUBE-SERVICES\nCOMMIT\n");
    }
    assertThat(look()).singleElement().matches(found -> !found.serves() && !found.running());
  }

  @ParameterizedTest
  @ValueSource(strings = {"legacy", "nft"})
  @DisplayName("a chain that somebody else's rule goes to stays, empty, and his rule as it was")
  void held(String backend) {
    neighbours.rules(backend, KUBE_PROXY);
    neighbours.rules(backend, "*nat\n:MINE - [0:0]\n-A MINE -j KUBE-SERVICES\nCOMMIT\n");
    remove();
    assertThat(node.exec("iptables-" + backend, "-t", "nat", "-S"))
        .contains("-A MINE -j KUBE-SERVICES\n")
        .contains("-N KUBE-SERVICES\n")
        .doesNotContain("-A KUBE-SERVICES", "-A OUTPUT", "KUBE-MARK-MASQ", "KUBE-SVC");
    remove();
    assertThat(look()).singleElement().matches(found -> !found.serves());
  }

  @ParameterizedTest
  @ValueSource(strings = {"legacy", "nft"})
  @DisplayName("masquerading stays whole while a rule of the CNI marks for it")
  void masquerading(String backend) {
    neighbours.rules(backend, KUBE_PROXY);
    neighbours.rules(backend, "*nat\n:CNI - [0:0]\n-A CNI -j KUBE-MARK-MASQ\nCOMMIT\n");
    remove();
    assertThat(look()).isEmpty();
    assertThat(node.exec("iptables-" + backend, "-t", "nat", "-S"))
        .contains("-A CNI -j KUBE-MARK-MASQ\n")
        .contains("-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n")
        .contains("-A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE\n")
        .contains("-j KUBE-POSTROUTING\n")
        .doesNotContain("KUBE-SERVICES");
  }

  @Test
  @DisplayName("sets of mode ipvs go with the rules that ask them, its link too; others' stay")
  void ipvs() {
    neighbours.settle();
    node.exec("ipset", "create", "KUBE-SRC-NPX46M4PTMTKRN6Y", "hash:ip");
    Map<String, String> before = neighbours.state();
    for (String set : List.of("KUBE-CLUSTER-IP", "KUBE-LOOP-BACK", "KUBE-NODE-PORT-TCP")) {
      node.exec("ipset", "create", set, "hash:ip,port");
    }
    node.exec("ipset", "create", "KUBE-6-CLUSTER-IP", "hash:ip,port", "family", "inet6");
    // This kernel has no dummy links; only the name matters.
    node.exec("ip", "link", "add", "kube-ipvs0", "type", "bridge");
    for (String backend : ForeignRules.BACKENDS) {
      node.exec("iptables-" + backend, "-t", "nat", "-N", "KUBE-SERVICES");
      node.exec(
          ("iptables-"
                  + backend
                  + " -t nat -A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP"
                  + " dst,dst -j ACCEPT")
              .split(" ", -1));
    }
    assertThat(look())
        .singleElement()
        .satisfies(
            found ->
                assertThat(found.evidence())
                    .contains("link kube-ipvs0", "ipset KUBE-CLUSTER-IP", "ipset KUBE-6-CLUSTER-IP")
                    .doesNotContain("ipset KUBE-SRC-NPX46M4PTMTKRN6Y"));
    remove();
    assertThat(look()).isEmpty();
    assertThat(neighbours.state()).isEqualTo(before);
    assertThat(node.exec("ip", "-o", "link")).doesNotContain("kube-ipvs0");
  }

  @Test
  @DisplayName("what cannot be removed is named, and everything else is gone")
  void refused() {
    neighbours.rules("legacy", KUBE_PROXY);
    neighbours.rules("nft", KUBE_PROXY);
    Commands without =
        (command, input) -> {
          throw new Commands.MissingProgram(command.getFirst());
        };
    assertThatThrownBy(() -> remove(without))
        .isInstanceOf(DataplaneException.class)
        .hasMessageContaining("left: chain KUBE-SERVICES in iptables-legacy (nat, IPv4)")
        .hasMessageContaining("iptables-legacy-save is not installed")
        .hasMessageNotContaining("iptables-nft");
    remove();
    assertThat(look()).isEmpty();
  }

  @Test
  @DisplayName("a set that somebody else's rule asks is named")
  void setInUse() {
    node.exec("ipset", "create", "KUBE-CLUSTER-IP", "hash:ip,port");
    node.exec(
        "iptables-nft -A INPUT -m set --match-set KUBE-CLUSTER-IP src,src -j ACCEPT"
            .split(" ", -1));
    assertThatThrownBy(this::remove)
        .isInstanceOf(DataplaneException.class)
        .hasMessageContaining("left: ipset KUBE-CLUSTER-IP");
  }
}
