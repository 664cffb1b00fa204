package io.portolan.agent.others;

import static io.portolan.agent.service.IpFamily.IPV4;
import static io.portolan.agent.service.IpFamily.IPV6;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.others.Facts.Chain;
import io.portolan.agent.others.Facts.Ear;
import io.portolan.agent.others.Facts.NftTable;
import io.portolan.agent.others.OtherProxy.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Which proxies are there")
class JudgementTest {
  private static final Ear MODE = new Ear("127.0.0.1", 10249, "/proxyMode with ipvs");
  private static final Ear HEALTH = new Ear("0.0.0.0", 10256, "/healthz");
  private static final Ear STRANGER = new Ear("0.0.0.0", 10256, "");

  private static List<OtherProxy> judge(
      List<NftTable> tables,
      List<Chain> chains,
      Set<String> sets,
      Set<String> links,
      int virtualServers,
      List<Ear> ports,
      Map<String, Long> processes) {
    return Judgement.of(new Facts(tables, chains, sets, links, virtualServers, ports, processes));
  }

  private static List<OtherProxy> links(List<Ear> ports, String... links) {
    return judge(List.of(), List.of(), Set.of(), Set.of(links), 0, ports, Map.of());
  }

  private static Chain chain(String name, boolean entered) {
    return new Chain("iptables-nft", IPV4, "nat", name, entered);
  }

  @Test
  @DisplayName("a node with only kubelet's chains, Calico's policies and unknown links: none")
  void none() {
    assertThat(
            judge(
                List.of(),
                List.of(
                    chain("KUBE-MARK-MASQ", false),
                    chain("KUBE-POSTROUTING", true),
                    new Chain("iptables-legacy", IPV4, "mangle", "KUBE-IPTABLES-HINT", false),
                    new Chain("iptables-legacy", IPV6, "filter", "KUBE-FIREWALL", true),
                    new Chain("iptables-nft", IPV4, "filter", "KUBE-ROUTER-INPUT", true),
                    chain("cali-PREROUTING", true)),
                Set.of("cali40masq-ipam-pools", "KUBE-SRC-NPX46M4PTMTKRN6Y"),
                Set.of("lo", "eth0", "br-int", "lxcbr0", "cali12345"),
                0,
                List.of(STRANGER),
                Map.of()))
        .isEmpty();
  }

  @Test
  @DisplayName("rules without a process serve, and do not run")
  void leftRules() {
    assertThat(
            judge(
                List.of(new NftTable(IPV4, "kube-proxy", true)),
                List.of(),
                Set.of(),
                Set.of(),
                0,
                List.of(),
                Map.of()))
        .containsExactly(
            new OtherProxy(Kind.KUBE_PROXY, false, true, List.of("table ip kube-proxy")));
    assertThat(
            judge(
                List.of(),
                List.of(chain("KUBE-SERVICES", true)),
                Set.of(),
                Set.of(),
                0,
                List.of(),
                Map.of()))
        .containsExactly(
            new OtherProxy(
                Kind.KUBE_PROXY,
                false,
                true,
                List.of("chain KUBE-SERVICES in iptables-nft (nat, IPv4)")));
  }

  @Test
  @DisplayName("rules to which no packet comes do not serve")
  void asleep() {
    assertThat(
            judge(
                List.of(new NftTable(IPV6, "kube-proxy", false)),
                List.of(chain("KUBE-SERVICES", false)),
                Set.of("KUBE-CLUSTER-IP"),
                Set.of("kube-ipvs0"),
                0,
                List.of(),
                Map.of()))
        .containsExactly(
            new OtherProxy(
                Kind.KUBE_PROXY,
                false,
                false,
                List.of(
                    "table ip6 kube-proxy",
                    "link kube-ipvs0",
                    "chain KUBE-SERVICES in iptables-nft (nat, IPv4)",
                    "ipset KUBE-CLUSTER-IP")));
  }

  @Test
  @DisplayName("a process, or one that answers like it, runs, and does not serve by that")
  void running() {
    assertThat(
            judge(List.of(), List.of(), Set.of(), Set.of(), 0, List.of(), Map.of("kube-proxy", 7L)))
        .containsExactly(
            new OtherProxy(Kind.KUBE_PROXY, true, false, List.of("process kube-proxy (7)")));
    assertThat(links(List.of(MODE)))
        .containsExactly(
            new OtherProxy(
                Kind.KUBE_PROXY,
                true,
                false,
                List.of("listens on 127.0.0.1:10249", "answers /proxyMode with ipvs")));
    assertThat(links(List.of(HEALTH))).extracting(OtherProxy::running).containsExactly(true);
  }

  @Test
  @DisplayName("virtual servers are kube-proxy's with its link, kube-router's with that one's")
  void virtualServers() {
    assertThat(kindsWithServers("kube-ipvs0")).containsExactly(Kind.KUBE_PROXY);
    assertThat(kindsWithServers("kube-dummy-if")).containsExactly(Kind.KUBE_ROUTER);
    assertThat(kindsWithServers("eth0")).containsExactly(Kind.UNKNOWN_IPVS);
  }

  private static List<Kind> kindsWithServers(String link) {
    List<OtherProxy> found =
        judge(List.of(), List.of(), Set.of(), Set.of(link), 3, List.of(), Map.of());
    assertThat(found).allMatch(OtherProxy::serves);
    return found.stream().map(OtherProxy::kind).toList();
  }

  @Test
  @DisplayName("Cilium serves where it stands in kube-proxy's place, else that cannot be seen")
  void cilium() {
    assertThat(links(List.of(HEALTH), "cilium_host", "cilium_net"))
        .containsExactly(
            new OtherProxy(
                Kind.CILIUM,
                false,
                true,
                List.of("link cilium_host", "link cilium_net", "listens on 0.0.0.0:10256")));
    assertThat(links(List.of(new Ear("127.0.0.1", 9879, "")), "cilium_host"))
        .containsExactly(
            new OtherProxy(
                Kind.CILIUM,
                true,
                false,
                List.of(
                    "link cilium_host",
                    "listens on 127.0.0.1:9879",
                    "whether it replaces kube-proxy cannot be seen from here")));
    assertThat(links(List.of(HEALTH, MODE), "cilium_host"))
        .extracting(OtherProxy::kind, OtherProxy::serves)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(Kind.KUBE_PROXY, false),
            org.assertj.core.groups.Tuple.tuple(Kind.CILIUM, false));
  }

  @Test
  @DisplayName("Calico's eBPF and OVN-Kubernetes always serve, and own the port of health")
  void calicoAndOvn() {
    assertThat(links(List.of(HEALTH), "bpfin.cali", "bpfout.cali"))
        .containsExactly(
            new OtherProxy(
                Kind.CALICO,
                true,
                true,
                List.of("link bpfin.cali", "link bpfout.cali", "listens on 0.0.0.0:10256")));
    assertThat(links(List.of(), "ovn-k8s-mp0", "br-int"))
        .containsExactly(
            new OtherProxy(Kind.OVN, false, true, List.of("link ovn-k8s-mp0", "link br-int")));
  }

  @Test
  @DisplayName("evidence is at most 16 lines of at most 256 characters, the telling ones first")
  void evidence() {
    List<Chain> chains =
        Stream.concat(
                IntStream.range(0, 40)
                    .mapToObj(i -> new Chain("b" + i, IPV4, "nat", "KUBE-FORWARD", false)),
                Stream.of(
                    new Chain("x".repeat(300), IPV4, "nat", "KUBE-SERVICES", true),
                    chain("KUBE-SVC-NPX46M4PTMTKRN6Y", false)))
            .toList();
    List<String> evidence =
        judge(List.of(), chains, Set.of(), Set.of(), 0, List.of(), Map.of()).getFirst().evidence();
    assertThat(evidence).hasSize(16).allMatch(line -> line.length() <= 256);
    assertThat(evidence.getFirst()).startsWith("chain KUBE-SERVICES in x");
    assertThat(evidence.getLast()).isEqualTo("and 27 more");
  }
}
