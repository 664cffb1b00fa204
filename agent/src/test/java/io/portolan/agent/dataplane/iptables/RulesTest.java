package io.portolan.agent.dataplane.iptables;

import static io.portolan.agent.dataplane.iptables.SamplePlans.NODE;
import static io.portolan.agent.dataplane.iptables.SamplePlans.full;
import static io.portolan.agent.dataplane.iptables.SamplePlans.key;
import static io.portolan.agent.dataplane.iptables.SamplePlans.web;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("iptables: the text of rules")
class RulesTest {
  private static final int BIT = IptablesDataplane.MARK_BIT;

  private static List<String> rules(Share share, String chain) {
    return share.pieces().stream()
        .filter(piece -> piece.chain().name().equals(chain))
        .flatMap(piece -> piece.lines().stream())
        .map(Line::rule)
        .toList();
  }

  private static Share share(PortPlan plan) {
    return PortRules.of(Stack.NFT_V4, NODE, BIT, plan);
  }

  @Test
  @DisplayName(
      "a Service's chain chooses among its endpoints with equal chances, and bears its name")
  void equalChances() {
    PortPlan plan = web(false, 0, 1, 2, 3);
    assertThat(rules(share(plan), Names.pool(plan.key(), TrafficPolicy.CLUSTER)))
        .containsExactly(
            "-p tcp -m comment --comment \"test/web:web\" -m statistic --mode random"
                + " --probability 0.33333333349 -j DNAT --to-destination 10.244.0.1:8080",
            "-p tcp -m statistic --mode random --probability 0.50000000000 -j DNAT"
                + " --to-destination 10.244.0.2:8080",
            "-p tcp -j DNAT --to-destination 10.244.0.3:8080");
  }

  @Test
  @DisplayName("a chance is the kernel's own number of 31 bits, to eleven digits")
  void chances() {
    for (int count = 2; count <= 20_000; count++) {
      long kernel = Math.round(0x80000000L / (double) count);
      assertThat(Text.oneIn(count))
          .endsWith(
              " "
                  + BigDecimal.valueOf(kernel)
                      .divide(BigDecimal.valueOf(0x80000000L))
                      .setScale(11, RoundingMode.HALF_UP)
                      .toPlainString());
    }
  }

  @Test
  @DisplayName("with affinity a client that an endpoint knows is refreshed and led there")
  void affinity() {
    PortPlan plan = web(false, 60, 1);
    String set = share(plan).clients().getFirst();
    assertThat(set).hasSizeLessThan(32);
    assertThat(rules(share(plan), Names.pool(plan.key(), TrafficPolicy.CLUSTER)))
        .containsExactly(
            "-m set --match-set %s src -m comment --comment \"test/web:web\" -j SET --add-set %s src"
                    .formatted(set, set)
                + " --exist --timeout 60",
            "-p tcp -m set --match-set %s src -j DNAT --to-destination 10.244.0.1:8080"
                .formatted(set),
            "-j SET --add-set %s src --exist --timeout 60".formatted(set),
            "-p tcp -m set --match-set %s src -j DNAT --to-destination 10.244.0.1:8080"
                .formatted(set),
            "-p tcp -j DNAT --to-destination 10.244.0.1:8080");
  }

  @Test
  @DisplayName("the trees ask five bits of the address, then five; 256 ports, then 16")
  void trees() {
    Share share = share(web(false, 0, 1));
    // 10.96.0.10: low bits 01010, the next five 00000.
    assertThat(rules(share, "PORTOLAN-IPS"))
        .containsExactly("-d 0.0.0.10/0.0.0.31 -g PORTOLAN-IP-0a");
    assertThat(rules(share, "PORTOLAN-IP-0a"))
        .containsExactly("-d 0.0.0.0/0.0.3.224 -g PORTOLAN-IP-0a-00");
    assertThat(rules(share, "PORTOLAN-PORTS"))
        .containsExactly("-p tcp -m tcp --dport 29952:30207 -g PORTOLAN-PORTS-29952");
    assertThat(rules(share, "PORTOLAN-PORTS-29952"))
        .containsExactly("-p tcp -m tcp --dport 30080:30095 -g PORTOLAN-PORT-30080");
    assertThat(rules(share, "PORTOLAN-PORT-30080"))
        .first()
        .isEqualTo(
            "-p tcp -m tcp --dport 30080 -m comment --comment \"test/web:web\" -j MARK --set-xmark"
                + " 0x1000/0x1000");
    var v6 = Branches.address(Stack.LEGACY_V6, Ip.parse("fd96::3ff"));
    assertThat(v6.toBranch()).isEqualTo("-d ::1f/::1f");
    assertThat(v6.toLeaf()).isEqualTo("-d ::3e0/::3e0");
    assertThat(v6.leaf()).isEqualTo("PORTOLAN-IP-1f-1f");
  }

  @Test
  @DisplayName("a Service port without endpoints has no rule, only elements of sets")
  void noEndpoints() {
    PortPlan none = Objects.requireNonNull(full().ports().get(key("none", Protocol.TCP, false)));
    assertThat(share(none).pieces()).isEmpty();
    assertThat(share(none).members())
        .contains(
            new Member(SetKind.REJECT, "10.96.0.13,tcp:80"),
            new Member(SetKind.PORTS_REJECT, "0.0.0.0/1,tcp:30083"),
            new Member(SetKind.PORTS_REJECT, "128.0.0.0/1,tcp:30083"));
  }

  @Test
  @DisplayName("names of chains and sets fit the kernel, and are known again")
  void names() {
    Stream.of(TrafficPolicy.values())
        .map(policy -> Names.pool(key("a".repeat(63), Protocol.SCTP, true), policy))
        .forEach(
            name -> {
              assertThat(name).hasSizeLessThan(29);
              assertThat(Names.known(name)).isTrue();
            });
    assertThat(Names.known("PORTOLAN-SOMEBODY")).isFalse();
    for (Stack stack : Stack.values()) {
      for (SetKind kind : SetKind.values()) {
        assertThat(kind.in(stack)).hasSizeLessThan(32);
        assertThat(SetKind.of(stack, kind.in(stack))).isEqualTo(kind);
      }
    }
    for (Share share :
        full().ports().values().stream()
            .map(p -> PortRules.of(Stack.NFT_V4, NODE, BIT, p))
            .toList()) {
      share.pieces().forEach(piece -> assertThat(Names.known(piece.chain().name())).isTrue());
    }
  }

  @Test
  @DisplayName("the mark is the bit that was asked for, and only one bit can be")
  void mark() {
    Share share = new NodeRules(Stack.NFT_V4, 0x40, true).share(NODE);
    assertThat(rules(share, "PORTOLAN-POSTROUTING"))
        .contains("-m mark ! --mark 0x40/0x40 -j RETURN", "-j MARK --set-xmark 0x40/0x0");
    assertThat(rules(share, "PORTOLAN-FORWARD"))
        .contains("-m mark --mark 0x40/0x40 -m comment --comment \"to a Service\" -j ACCEPT");
    assertThatThrownBy(
            () -> IptablesDataplane.open(Backend.NFT, new Sysctl(Path.of("/proc/sys/net")), 0x30))
        .hasMessageContaining("0x30");
  }

  @Test
  @DisplayName("forwarded packets without a connection are dropped, unless conntrack is liberal")
  void invalid() {
    String rule = "-m conntrack --ctstate INVALID -j DROP";
    assertThat(rules(new NodeRules(Stack.NFT_V4, BIT, true).share(NODE), "PORTOLAN-FORWARD"))
        .contains(rule);
    assertThat(rules(new NodeRules(Stack.NFT_V4, BIT, false).share(NODE), "PORTOLAN-FORWARD"))
        .doesNotContain(rule);
  }

  @Test
  @DisplayName("Pods told by interfaces are told by -i, others by a set")
  void interfaces() {
    var node =
        new NodeFacts(
            List.of(), List.of(), new PodSources.Interfaces("veth", true), false, List.of());
    assertThat(rules(new NodeRules(Stack.NFT_V4, BIT, true).share(node), "PORTOLAN-SERVICES"))
        .contains(
            "! -i veth+ -m set --match-set PORTOLAN-4-CLUSTER-IPS dst,dst -m comment --comment"
                + " \"ClusterIPs, from outside the Pods\" -j MARK --set-xmark 0x1000/0x1000");
    assertThat(rules(new NodeRules(Stack.NFT_V4, BIT, true).share(NODE), "PORTOLAN-SERVICES"))
        .contains(
            "-m set ! --match-set PORTOLAN-4-PODS src -m set --match-set PORTOLAN-4-CLUSTER-IPS"
                + " dst,dst -m comment --comment \"ClusterIPs, from outside the Pods\" -j MARK"
                + " --set-xmark 0x1000/0x1000");
  }

  @Test
  @DisplayName("ranges are written as ipset prints them, the one of all addresses in two halves")
  void ranges() {
    assertThat(Text.range(Cidr.parse("10.1.2.3/16"))).containsExactly("10.1.0.0/16");
    assertThat(Text.range(Cidr.parse("10.1.2.3/32"))).containsExactly("10.1.2.3");
    assertThat(Text.range(Cidr.parse("fd00::1/64"))).containsExactly("fd00::/64");
    assertThat(Text.range(Cidr.parse("0.0.0.0/0"))).containsExactly("0.0.0.0/1", "128.0.0.0/1");
    assertThat(Text.range(Cidr.parse("::/0"))).containsExactly("::/1", "8000::/1");
  }

  @Test
  @DisplayName("rules that differ in quotes and digits of a probability alone are the same")
  void sameRules() {
    var wanted = List.of(Line.of("-m comment --comment \"a/b\" " + Text.oneIn(3) + " -j RETURN"));
    assertThat(
            RuleText.same(
                wanted,
                List.of(
                    "-m comment --comment a/b -m statistic --mode random --probability"
                        + " 0.3333333335 -j RETURN")))
        .isTrue();
    assertThat(
            RuleText.same(
                wanted,
                List.of(
                    "-m comment --comment a/b -m statistic --mode random --probability"
                        + " 0.33433333349 -j RETURN")))
        .isFalse();
  }

  @Test
  @DisplayName("shares that come and go leave what shares that came at once leave")
  void sums() {
    var random = new Random(7);
    var node = new NodeRules(Stack.NFT_V4, BIT, true);
    var contents = new Contents(Stack.NFT_V4);
    List<Share> shares = List.of();
    for (int i = 0; i < 300; i++) {
      var plan = SamplePlans.random(random);
      List<Share> next =
          Stream.concat(
                  Stream.of(node.share(plan.node())),
                  plan.ports().values().stream()
                      .filter(port -> port.key().family() == Stack.NFT_V4.family())
                      .map(port -> PortRules.of(Stack.NFT_V4, plan.node(), BIT, port)))
              .toList();
      contents.exchange(shares, next);
      shares = next;
      var fresh = new Contents(Stack.NFT_V4);
      fresh.exchange(List.of(), next);
      assertThat(contents.elements()).isEqualTo(fresh.elements());
      assertThat(contents.clients()).isEqualTo(fresh.clients());
      assertThat(contents.chains()).isEqualTo(fresh.chains());
      for (ChainId chain : fresh.chains()) {
        assertThat(contents.lines(chain)).isEqualTo(fresh.lines(chain));
      }
    }
    assertThat(contents.exchange(shares, List.of()).chains().values())
        .allMatch(exchange -> exchange.after() == null);
    assertThat(contents.chains()).isEmpty();
    assertThat(contents.elements()).isEqualTo(new Contents(Stack.NFT_V4).elements());
  }
}
