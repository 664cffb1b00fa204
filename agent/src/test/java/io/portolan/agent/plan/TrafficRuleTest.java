package io.portolan.agent.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TrafficRuleTest {
  private static final NodeAddresses NODE =
      new NodeAddresses(
          List.of(Ip.parse("192.168.0.5"), Ip.parse("192.168.1.5"), Ip.parse("fd02::5")),
          List.of(Cidr.parse("fd01::/64"), Cidr.parse("10.1.0.0/24")));
  private static final List<Ip> LOCAL =
      List.of(Ip.parse("192.168.1.5"), Ip.parse("172.16.0.1"), Ip.parse("fd02::5"));

  @Test
  @DisplayName("by default: NodePorts at the first InternalIP of each family, Pods by the Node")
  void defaults() {
    NodeFacts facts = TrafficRule.DEFAULT.facts(NODE, LOCAL);
    assertThat(facts.nodePortAddresses())
        .containsExactly(Ip.parse("192.168.0.5"), Ip.parse("fd02::5"));
    assertThat(facts.podRanges())
        .containsExactly(Cidr.parse("10.1.0.0/24"), Cidr.parse("fd01::/64"));
    assertThat(facts.masqueradeAll()).isFalse();
  }

  @Test
  @DisplayName("ranges choose local addresses, with or without the primary ones")
  void ranges() {
    var range = List.of(Cidr.parse("172.16.0.0/12"));
    assertThat(new TrafficRule(false, List.of(), true, false, range).facts(NODE, LOCAL))
        .isEqualTo(new NodeFacts(List.of(Ip.parse("172.16.0.1")), List.of(), true));
    assertThat(
            new TrafficRule(false, List.of(), true, true, range)
                .facts(NODE, LOCAL)
                .nodePortAddresses())
        .containsExactly(Ip.parse("172.16.0.1"), Ip.parse("192.168.0.5"), Ip.parse("fd02::5"));
  }

  @Test
  @DisplayName("with ranges of the cluster the Node's own do not count")
  void clusterRanges() {
    var cluster = List.of(Cidr.parse("10.0.0.0/8"));
    assertThat(
            new TrafficRule(false, cluster, false, true, List.of()).facts(NODE, LOCAL).podRanges())
        .isEqualTo(cluster);
  }
}
