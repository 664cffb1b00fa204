package io.portolan.agent.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.plan.StaleFlows.Destination;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("stale flows")
class StaleFlowsTest {
  private static final String VIP = "10.96.0.10";
  private static final String EXTERNAL = "203.0.113.7";
  private static final String BALANCER = "198.51.100.9";
  private static final String NODE = "192.168.0.2";
  private static final String GONE = "10.1.0.9";

  /** Port 53 on all kinds of frontend, NodePort 30053, served by 10.1.0.1 and .2 on port 5353. */
  private static PortPlan port(Protocol protocol, String... serving) {
    return new PortPlan(
        new PortKey("ns", "dns", "u", protocol, IpFamily.IPV4),
        List.of(
            new Frontend.ClusterIp(Ip.parse(VIP), 53),
            new Frontend.ExternalIp(Ip.parse(EXTERNAL), 53),
            new Frontend.LoadBalancerIp(Ip.parse(BALANCER), 53),
            new Frontend.NodePort(30053)),
        TrafficPolicy.CLUSTER,
        TrafficPolicy.LOCAL,
        Pools.NONE,
        List.of(),
        0,
        Arrays.stream(serving).map(ip -> new Endpoint(Ip.parse(ip), 5353, false)).toList(),
        0);
  }

  private static StaleFlows rule(PortPlan... ports) {
    return new StaleFlows(
        new Plan(
            Samples.facts(List.of(Ip.parse(NODE), Ip.parse("fd50::2")), List.of(), false),
            Stream.of(ports).collect(Collectors.toMap(PortPlan::key, p -> p))));
  }

  private static Flow flow(Protocol protocol, String to, int toPort, String from, int fromPort) {
    return new Flow(protocol, Ip.parse(to), toPort, Ip.parse(from), fromPort);
  }

  private static Flow udp(String to, int toPort, String from) {
    return flow(Protocol.UDP, to, toPort, from, 5353);
  }

  @ParameterizedTest
  @ValueSource(strings = {VIP, EXTERNAL, BALANCER})
  @DisplayName("a UDP flow to an address of the Service port is stale once its endpoint is gone")
  void addresses(String to) {
    StaleFlows rule = rule(port(Protocol.UDP, "10.1.0.1", "10.1.0.2"));
    assertThat(rule.stale(udp(to, 53, GONE))).isTrue();
    assertThat(rule.stale(udp(to, 53, "10.1.0.1"))).isFalse();
    assertThat(rule.stale(udp(to, 53, "10.1.0.2"))).isFalse();
  }

  @Test
  @DisplayName("the right endpoint on a port it serves no more is stale too")
  void formerPort() {
    assertThat(
            rule(port(Protocol.UDP, "10.1.0.1")).stale(flow(Protocol.UDP, VIP, 53, "10.1.0.1", 53)))
        .isTrue();
  }

  @Test
  @DisplayName("a flow that was never translated is stale once there are endpoints")
  void neverTranslated() {
    StaleFlows rule = rule(port(Protocol.UDP, "10.1.0.1"));
    assertThat(rule.stale(flow(Protocol.UDP, VIP, 53, VIP, 53))).isTrue();
    assertThat(rule.stale(flow(Protocol.UDP, NODE, 30053, NODE, 30053))).isTrue();
  }

  @Test
  @DisplayName("a NodePort counts on the addresses that take NodePorts, and on no other")
  void nodePorts() {
    StaleFlows rule = rule(port(Protocol.UDP, "10.1.0.1"));
    assertThat(rule.stale(udp(NODE, 30053, GONE))).isTrue();
    assertThat(rule.stale(udp(NODE, 30053, "10.1.0.1"))).isFalse();
    assertThat(rule.stale(udp("192.168.0.3", 30053, "192.168.0.3")))
        .as("someone else's server with the same port number")
        .isFalse();
    assertThat(rule.stale(udp("fd50::2", 30053, "fd01::9"))).as("the other family").isFalse();
  }

  @Test
  @DisplayName("a port or an address that is no frontend is none of ours")
  void others() {
    StaleFlows rule = rule(port(Protocol.UDP, "10.1.0.1"));
    assertThat(rule.stale(udp(VIP, 54, GONE))).isFalse();
    assertThat(rule.stale(udp(VIP, 30053, GONE))).isFalse();
    assertThat(rule.stale(udp(NODE, 53, GONE))).isFalse();
    assertThat(rule.stale(udp("10.96.0.11", 53, GONE))).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = Protocol.class,
      names = {"TCP", "SCTP"})
  @DisplayName("TCP and SCTP are left, beside a UDP port of the same number too")
  void otherProtocols(Protocol protocol) {
    StaleFlows rule = rule(port(protocol, "10.1.0.1"), port(Protocol.UDP, "10.1.0.1"));
    assertThat(rule.stale(flow(protocol, VIP, 53, GONE, 5353))).isFalse();
    assertThat(rule.stale(flow(protocol, NODE, 30053, GONE, 5353))).isFalse();
    assertThat(rule(port(protocol, "10.1.0.1")).stale(udp(VIP, 53, GONE))).isFalse();
    assertThat(rule(port(protocol, "10.1.0.1")).destinations(IpFamily.IPV4)).isEmpty();
  }

  @Test
  @DisplayName("while no endpoint serves, flows are left, and nobody is asked for them")
  void noEndpoint() {
    StaleFlows rule = rule(port(Protocol.UDP));
    assertThat(rule.stale(udp(VIP, 53, GONE))).isFalse();
    assertThat(rule.stale(udp(NODE, 30053, GONE))).isFalse();
    assertThat(rule.destinations(IpFamily.IPV4)).isEmpty();
  }

  @Test
  @DisplayName("every frontend is named to be asked for, by family")
  void destinations() {
    StaleFlows rule = rule(port(Protocol.UDP, "10.1.0.1"));
    assertThat(rule.destinations(IpFamily.IPV4))
        .containsExactlyInAnyOrder(
            new Destination(Ip.parse(VIP), 53),
            new Destination(Ip.parse(EXTERNAL), 53),
            new Destination(Ip.parse(BALANCER), 53),
            new Destination(null, 30053));
    assertThat(rule.destinations(IpFamily.IPV6)).isEmpty();
    assertThat(new StaleFlows(new Plan(NodeFacts.NONE, Map.of())).destinations(IpFamily.IPV4))
        .isEmpty();
  }

  @Test
  @DisplayName("without an address for NodePorts no flow goes to one")
  void noNodeAddress() {
    var port = port(Protocol.UDP, "10.1.0.1");
    var rule = new StaleFlows(new Plan(NodeFacts.NONE, Map.of(port.key(), port)));
    assertThat(rule.stale(udp(NODE, 30053, GONE))).isFalse();
    assertThat(rule.destinations(IpFamily.IPV4)).doesNotContain(new Destination(null, 30053));
  }
}
