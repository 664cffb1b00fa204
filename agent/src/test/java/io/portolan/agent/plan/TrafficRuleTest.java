package io.portolan.agent.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TrafficRuleTest {
  private static final OwnNode NODE =
      new OwnNode(
          List.of(Ip.parse("192.168.0.5"), Ip.parse("192.168.1.5"), Ip.parse("fd02::5")),
          List.of(Cidr.parse("fd01::/64"), Cidr.parse("10.1.0.0/24")),
          "",
          false);
  private static final List<Ip> LOCAL =
      List.of(Ip.parse("192.168.1.5"), Ip.parse("172.16.0.1"), Ip.parse("fd02::5"));

  @Test
  @DisplayName("by default: NodePorts at the first InternalIP of each family, Pods by the Node")
  void defaults() {
    NodeFacts facts = TrafficRule.DEFAULT.facts(NODE, LOCAL, List.of());
    assertThat(facts.nodePortAddresses())
        .containsExactly(Ip.parse("192.168.0.5"), Ip.parse("fd02::5"));
    assertThat(facts.pods())
        .isEqualTo(
            new PodSources.Ranges(List.of(Cidr.parse("10.1.0.0/24"), Cidr.parse("fd01::/64"))));
    assertThat(facts.masqueradeAll()).isFalse();
  }

  @Test
  @DisplayName("ranges choose local addresses, with or without the primary ones")
  void ranges() {
    var range = List.of(Cidr.parse("172.16.0.0/12"));
    assertThat(
            new TrafficRule(PodSources.UNKNOWN, true, false, range, false)
                .facts(NODE, LOCAL, List.of())
                .nodePortAddresses())
        .as("no range of IPv6: every IPv6 address")
        .containsExactly(Ip.parse("172.16.0.1"), Ip.parse("fd02::5"));
    assertThat(
            new TrafficRule(PodSources.UNKNOWN, true, true, range, false)
                .facts(NODE, LOCAL, List.of())
                .nodePortAddresses())
        .containsExactly(Ip.parse("172.16.0.1"), Ip.parse("192.168.0.5"), Ip.parse("fd02::5"));
  }

  @Test
  @DisplayName("with ranges of the cluster the Node's own do not count")
  void clusterRanges() {
    var cluster = List.of(Cidr.parse("10.0.0.0/8"));
    var pods = new PodSources.Ranges(cluster);
    assertThat(
            new TrafficRule(pods, false, true, List.of(), false)
                .facts(NODE, LOCAL, List.of())
                .pods())
        .isEqualTo(pods);
  }
}
