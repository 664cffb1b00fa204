package io.portolan.agent.plan;

import static io.portolan.agent.plan.Samples.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What becomes of a packet")
class TracerTest {
  private static final Ip NODE = Ip.parse("192.168.0.2");
  private static final String POD = "10.0.0.7";
  private static final String CLIENT = "203.0.113.2";
  private static final Endpoint HERE = new Endpoint(Ip.parse("10.0.0.1"), 8080, true);
  private static final Endpoint THERE = new Endpoint(Ip.parse("10.0.1.1"), 8080, false);
  private static final NodeFacts FACTS =
      new NodeFacts(
          List.of(NODE),
          List.of(NODE),
          new PodSources.Ranges(List.of(Cidr.parse("10.0.0.0/8"))),
          false,
          List.of(Cidr.parse("172.30.0.0/16")));

  private PortPlan web = port(TrafficPolicy.CLUSTER, TrafficPolicy.CLUSTER);
  private NodeFacts facts = FACTS;

  @Test
  @DisplayName(
      "to a ClusterIP: Pods keep their address, others are masqueraded, so is a Pod to itself")
  void clusterIp() {
    assertThat(fate(POD, "172.30.0.1", 80)).isEqualTo(translated(false, HERE, THERE));
    assertThat(fate(CLIENT, "172.30.0.1", 80)).isEqualTo(translated(true, HERE, THERE));
    web = with(new Pools(List.of(HERE), List.of(), true));
    assertThat(fate("10.0.0.1", "172.30.0.1", 80)).isEqualTo(translated(true, HERE));
  }

  @Test
  @DisplayName("where Pods cannot be told, only masqueradeAll touches sources of ClusterIPs")
  void unknownPods() {
    facts = new NodeFacts(List.of(), List.of(), PodSources.UNKNOWN, false, List.of());
    assertThat(fate(CLIENT, "172.30.0.1", 80)).isEqualTo(translated(false, HERE, THERE));
    facts = new NodeFacts(List.of(), List.of(), PodSources.UNKNOWN, true, List.of());
    assertThat(fate(POD, "172.30.0.1", 80)).isEqualTo(translated(true, HERE, THERE));
  }

  @Test
  @DisplayName("external policy Cluster: masqueraded from anywhere, at every kind of address")
  void externalCluster() {
    for (String from : List.of(POD, CLIENT, NODE.toString())) {
      for (String to : List.of("1.2.3.4", "5.6.7.8")) {
        assertThat(fate(from, to, 80)).isEqualTo(translated(true, HERE, THERE));
      }
      assertThat(fate(from, NODE.toString(), 30080)).isEqualTo(translated(true, HERE, THERE));
    }
  }

  @Test
  @DisplayName(
      "external policy Local: clients reach this node's endpoints and keep their address; "
          + "Pods and the node reach all")
  void externalLocal() {
    web = port(TrafficPolicy.CLUSTER, TrafficPolicy.LOCAL);
    assertThat(fate(CLIENT, "1.2.3.4", 80)).isEqualTo(translated(false, HERE));
    assertThat(fate(POD, "1.2.3.4", 80)).isEqualTo(translated(false, HERE, THERE));
    assertThat(fate(NODE.toString(), "1.2.3.4", 80)).isEqualTo(translated(true, HERE, THERE));
    web = with(new Pools(List.of(THERE), List.of(), true));
    assertThat(fate(CLIENT, "1.2.3.4", 80)).isEqualTo(new Fate.Dropped());
    assertThat(fate(POD, "1.2.3.4", 80)).isEqualTo(translated(false, THERE));
  }

  @Test
  @DisplayName("internal policy Local binds the ClusterIP alone")
  void internalLocal() {
    web = port(TrafficPolicy.LOCAL, TrafficPolicy.CLUSTER);
    assertThat(fate(POD, "172.30.0.1", 80)).isEqualTo(translated(false, HERE));
    assertThat(fate(POD, "1.2.3.4", 80)).isEqualTo(translated(true, HERE, THERE));
  }

  @Test
  @DisplayName("no endpoint anywhere: refused, whatever the source ranges say")
  void refused() {
    web = with(Pools.NONE);
    for (String to : List.of("172.30.0.1", "1.2.3.4", "5.6.7.8")) {
      assertThat(fate(CLIENT, to, 80)).isEqualTo(new Fate.Rejected());
    }
  }

  @Test
  @DisplayName("source ranges guard the load balancer's address and nothing else")
  void sourceRanges() {
    web = guarded(Cidr.parse("198.51.100.0/24"));
    assertThat(fate(CLIENT, "1.2.3.4", 80)).isEqualTo(new Fate.Dropped());
    assertThat(fate(POD, "1.2.3.4", 80)).isEqualTo(new Fate.Dropped());
    assertThat(fate("198.51.100.9", "1.2.3.4", 80)).isEqualTo(translated(true, HERE, THERE));
    assertThat(fate(CLIENT, "5.6.7.8", 80)).isEqualTo(translated(true, HERE, THERE));
    assertThat(fate(CLIENT, NODE.toString(), 30080)).isEqualTo(translated(true, HERE, THERE));
  }

  @Test
  @DisplayName(
      "a port that no Service has: refused at a ClusterIP, dropped at an unused address of "
          + "the range, none of our business elsewhere")
  void unserved() {
    assertThat(fate(POD, "172.30.0.1", 81)).isEqualTo(new Fate.Rejected());
    assertThat(fate(POD, "172.30.9.9", 80)).isEqualTo(new Fate.Dropped());
    assertThat(fate(POD, "1.2.3.4", 81)).isEqualTo(new Fate.Untouched());
    assertThat(fate(POD, "192.168.0.3", 30080)).isEqualTo(new Fate.Untouched());
  }

  @Test
  @DisplayName("Pods are told by the interface where the settings say so")
  void interfaces() {
    var pods = new PodSources.Interfaces("cali", true);
    facts = new NodeFacts(List.of(), List.of(), pods, false, List.of());
    assertThat(trace(POD, "172.30.0.1", 80, "cali12").fate())
        .isEqualTo(translated(false, HERE, THERE));
    assertThat(trace(POD, "172.30.0.1", 80, "eth0").fate())
        .isEqualTo(translated(true, HERE, THERE));
    assertThat(trace(NODE.toString(), "172.30.0.1", 80, "").fate())
        .isEqualTo(translated(true, HERE, THERE));
  }

  @Test
  @DisplayName("each step is told in words: frontend, policy, endpoints, source")
  void words() {
    web = port(TrafficPolicy.CLUSTER, TrafficPolicy.LOCAL);
    assertThat(trace(POD, "1.2.3.4", 80, "").steps())
        .containsExactly(
            "load balancer IP 1.2.3.4 port 80 of ns/web:http",
            "external policy Local does not bind what comes from Pods: policy Cluster",
            "endpoints of policy Cluster: [10.0.0.1:8080, 10.0.1.1:8080]",
            "source kept");
  }

  private Fate fate(String from, String to, int port) {
    return trace(from, to, port, "").fate();
  }

  private Trace trace(String from, String to, int port, String through) {
    var plan = new Plan(facts, Map.of(web.key(), web));
    return new Tracer(plan, Set.of(NODE, Ip.parse("127.0.0.1")), true)
        .trace(new Packet(Ip.parse(from), Ip.parse(to), Protocol.TCP, port, through));
  }

  private static Fate translated(boolean masquerade, Endpoint... endpoints) {
    return new Fate.Translated(key("web"), List.of(endpoints), masquerade, 0);
  }

  private static PortPlan port(TrafficPolicy internal, TrafficPolicy external) {
    return new PortPlan(
        key("web"),
        List.of(
            new Frontend.ClusterIp(Ip.parse("172.30.0.1"), 80),
            new Frontend.LoadBalancerIp(Ip.parse("1.2.3.4"), 80),
            new Frontend.ExternalIp(Ip.parse("5.6.7.8"), 80),
            new Frontend.NodePort(30080)),
        internal,
        external,
        new Pools(List.of(HERE, THERE), List.of(HERE), true),
        List.of(),
        0,
        List.of(),
        0);
  }

  private PortPlan with(Pools pools) {
    return new PortPlan(
        web.key(),
        web.frontends(),
        web.internal(),
        web.external(),
        pools,
        web.sources(),
        0,
        List.of(),
        0);
  }

  private PortPlan guarded(Cidr... sources) {
    return new PortPlan(
        web.key(),
        web.frontends(),
        web.internal(),
        web.external(),
        web.pools(),
        List.of(sources),
        0,
        List.of(),
        0);
  }
}
