package io.portolan.agent.plan;

import static io.portolan.agent.plan.Samples.dead;
import static io.portolan.agent.plan.Samples.draining;
import static io.portolan.agent.plan.Samples.key;
import static io.portolan.agent.plan.Samples.ready;
import static io.portolan.agent.plan.Samples.service;
import static io.portolan.agent.plan.Samples.slice;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.ServiceTable;
import io.portolan.agent.service.SliceEndpoint;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.service.SliceTable;
import io.portolan.agent.service.TrafficPolicy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private final ServiceTable services = new ServiceTable();
  private final SliceTable slices = new SliceTable();

  private Plan plan() {
    var planner = new Planner("a", services, slices);
    planner.take();
    return planner.plan();
  }

  private PortPlan port(String service) {
    PortPlan port = plan().ports().get(key(service));
    if (port == null) {
      throw new AssertionError("no port of " + service + " in " + plan());
    }
    return port;
  }

  @Test
  @DisplayName("a port is served at its cluster IP and node port, by ready endpoints only")
  void readyEndpoints() {
    services.put(service("web", "10.0.0.1", 80, 30080));
    slices.put(
        slice("s", "web", 8080, ready("10.1.0.2", "b"), ready("10.1.0.1", "a"), dead("10.1.0.3")));
    assertThat(port("web"))
        .isEqualTo(
            Samples.port(
                key("web"),
                List.of(
                    new Frontend.ClusterIp(Ip.parse("10.0.0.1"), 80), new Frontend.NodePort(30080)),
                List.of(
                    new Endpoint(Ip.parse("10.1.0.1"), 8080, true),
                    new Endpoint(Ip.parse("10.1.0.2"), 8080, false)),
                0));
  }

  @Test
  @DisplayName("endpoints that end but still answer serve only while none is ready")
  void draining_() {
    services.put(service("web", "10.0.0.1", 80, 0));
    slices.put(slice("s", "web", 8080, draining("10.1.0.1"), ready("10.1.0.2", "b")));
    assertThat(Samples.ips(port("web"))).containsExactly("10.1.0.2");
    slices.put(slice("s", "web", 8080, draining("10.1.0.1"), dead("10.1.0.2")));
    assertThat(Samples.ips(port("web"))).containsExactly("10.1.0.1");
  }

  @Test
  @DisplayName("a Service without endpoints is planned without any, so that clients are refused")
  void noEndpoints() {
    services.put(service("web", "10.0.0.1", 80, 0));
    assertThat(port("web").reachable()).isEmpty();
  }

  @Test
  @DisplayName("an address in two slices counts once, as the liveliest of them")
  void merged() {
    services.put(service("web", "10.0.0.1", 80, 0));
    slices.put(slice("s1", "web", 8080, draining("10.1.0.1"), dead("10.1.0.2")));
    slices.put(slice("s2", "web", 8080, ready("10.1.0.1", "a"), dead("10.1.0.2")));
    assertThat(Samples.ips(port("web"))).containsExactly("10.1.0.1");
  }

  @Test
  @DisplayName("each family of a Service is planned from slices of that family")
  void families() {
    services.put(
        new Service(
            new ServiceName("ns", "web"),
            List.of(Ip.parse("10.0.0.1"), Ip.parse("fd00::1")),
            List.of(new ServicePort("http", Protocol.TCP, 80, 0)),
            TrafficPolicy.CLUSTER,
            External.NONE,
            Affinity.NONE));
    slices.put(slice("s4", "web", 8080, ready("10.1.0.1", "a")));
    slices.put(slice("s6", "web", 8080, ready("fd01::1", "a")));
    Plan plan = plan();
    assertThat(plan.ports()).hasSize(2);
    var v6 = plan.ports().get(new PortKey("ns", "web", "http", Protocol.TCP, IpFamily.IPV6));
    assertThat(v6).isNotNull();
    assertThat(Samples.ips(v6)).containsExactly("fd01::1");
  }

  @Test
  @DisplayName("of two Services with one node port the first by name has it, whatever came first")
  void conflict() {
    services.put(service("b", "10.0.0.2", 80, 30080));
    var planner = new Planner("a", services, slices);
    planner.take();
    services.put(service("a", "10.0.0.1", 80, 30080));
    planner.touch(new ServiceName("ns", "a"));
    PlanDelta delta = planner.take();
    assertThat(delta.changed()).extracting(PortPlan::key).contains(key("a"), key("b"));
    assertThat(planner.conflicts()).isEqualTo(Map.of(key("b"), Set.of(key("a"))));
    assertThat(planner.plan()).isEqualTo(plan());
    assertThat(port("b").frontends())
        .containsExactly(new Frontend.ClusterIp(Ip.parse("10.0.0.2"), 80));

    services.remove(new ServiceName("ns", "a"));
    planner.touch(new ServiceName("ns", "a"));
    delta = planner.take();
    assertThat(delta.removed()).containsExactly(key("a"));
    assertThat(delta.changed()).extracting(PortPlan::key).containsExactly(key("b"));
    assertThat(planner.conflicts()).isEmpty();
  }

  @Test
  @DisplayName(
      "a change of one slice yields a delta of its Service's port alone; none, an empty one")
  void smallDelta() {
    services.put(service("a", "10.0.0.1", 80, 0));
    services.put(service("b", "10.0.0.2", 80, 0));
    var planner = new Planner("a", services, slices);
    planner.take();
    planner.touch(slices.put(slice("s", "b", 8080, ready("10.1.0.1", "a"))));
    PlanDelta delta = planner.take();
    assertThat(delta.changed()).extracting(PortPlan::key).containsExactly(key("b"));
    assertThat(delta.removed()).isEmpty();
    assertThat(delta.node()).isNull();
    planner.touch(new ServiceName("ns", "a"));
    assertThat(planner.take().isEmpty()).isTrue();
    assertThat(planner.endpoints()).isEqualTo(1);
    planner.touch(slices.remove(new SliceName("ns", "s")));
    assertThat(planner.take().changed()).hasSize(1);
    assertThat(planner.endpoints()).isZero();
  }

  @Test
  @DisplayName("a Service without a time gets ours, one with its own keeps it, none gets too long")
  void affinity() {
    var rule = new AffinityRule(600, 20_000);
    assertThat(rule.seconds(Affinity.NONE)).isZero();
    assertThat(rule.seconds(Affinity.UNTIMED)).isEqualTo(600);
    assertThat(rule.seconds(new Affinity.Timed(900))).isEqualTo(900);
    assertThat(rule.seconds(new Affinity.Timed(10_800))).as("asked for").isEqualTo(10_800);
    assertThat(rule.seconds(new Affinity.Timed(86_400))).isEqualTo(20_000);
    assertThat(new AffinityRule(600, 60).seconds(Affinity.UNTIMED)).isEqualTo(60);

    services.put(sticky("web", "10.0.0.1", Affinity.UNTIMED));
    services.put(sticky("own", "10.0.0.3", new Affinity.Timed(10_800)));
    services.put(service("other", "10.0.0.2", 80, 0));
    var planner = new Planner("a", services, slices);
    planner.take();
    planner.affinity(rule);
    assertThat(planner.take().changed())
        .singleElement()
        .extracting(PortPlan::affinitySeconds)
        .isEqualTo(600);
    services.put(sticky("web", "10.0.0.1", new Affinity.Timed(10_800)));
    planner.touch(new ServiceName("ns", "web"));
    assertThat(planner.take().changed())
        .singleElement()
        .extracting(PortPlan::affinitySeconds)
        .isEqualTo(10_800);
  }

  private static Service sticky(String name, String ip, Affinity affinity) {
    var plain = service(name, ip, 80, 0);
    return new Service(
        plain.name(),
        plain.clusterIps(),
        plain.ports(),
        plain.internalPolicy(),
        plain.external(),
        affinity);
  }

  @Test
  @DisplayName("a ClusterIP goes before a load balancer's address, that before an external IP")
  void rightToAnAddress() {
    var thief = List.of(Ip.parse("10.0.0.1"));
    services.put(
        external(
            "aaa",
            "10.0.0.9",
            new External(TrafficPolicy.CLUSTER, thief, List.of(), List.of(), 0)));
    services.put(
        external(
            "bbb",
            "10.0.0.8",
            new External(TrafficPolicy.CLUSTER, List.of(), thief, List.of(), 0)));
    var planner = new Planner("a", services, slices);
    planner.take();
    assertThat(port(planner, "aaa").frontends()).hasSize(1);
    assertThat(port(planner, "bbb").frontends())
        .contains(new Frontend.LoadBalancerIp(thief.getFirst(), 80));
    services.put(service("web", "10.0.0.1", 80, 0));
    planner.touch(new ServiceName("ns", "web"));
    planner.take();
    assertThat(port(planner, "web").frontends())
        .containsExactly(new Frontend.ClusterIp(thief.getFirst(), 80));
    assertThat(port(planner, "bbb").frontends()).hasSize(1);
    assertThat(planner.conflicts()).containsOnlyKeys(Samples.key("aaa"), Samples.key("bbb"));
  }

  @Test
  @DisplayName("an address that a Service names twice counts as the load balancer's")
  void namedTwice() {
    var ips = List.of(Ip.parse("1.2.3.4"), Ip.parse("1.2.3.4"));
    services.put(
        external("web", "10.0.0.1", new External(TrafficPolicy.CLUSTER, ips, ips, List.of(), 0)));
    var planner = new Planner("a", services, slices);
    planner.take();
    assertThat(port(planner, "web").frontends())
        .containsExactly(
            new Frontend.ClusterIp(Ip.parse("10.0.0.1"), 80),
            new Frontend.LoadBalancerIp(Ip.parse("1.2.3.4"), 80));
    assertThat(planner.conflicts()).isEmpty();
  }

  @Test
  @DisplayName("source ranges: those of the family; none, or one of length 0: everyone")
  void sourceRanges() {
    assertThat(sources("10.0.0.0/8", "fd00::/8")).containsExactly(Cidr.parse("10.0.0.0/8"));
    assertThat(sources("fd00::/8")).isEmpty();
    assertThat(sources("10.0.0.0/8", "0.0.0.0/0")).isEmpty();
  }

  @Test
  @DisplayName("source ranges that admit the node admit the load balancer's own address too")
  void sourceRangesOfTheNode() {
    services.put(
        external(
            "web",
            "10.0.0.1",
            new External(
                TrafficPolicy.CLUSTER,
                List.of(),
                List.of(Ip.parse("1.2.3.4")),
                List.of(Cidr.parse("192.168.0.0/24")),
                0)));
    var planner = new Planner("a", services, slices);
    planner.take();
    assertThat(port(planner, "web").sources()).containsExactly(Cidr.parse("192.168.0.0/24"));
    planner.facts(
        new NodeFacts(
            List.of(Ip.parse("192.168.0.5")), List.of(), PodSources.UNKNOWN, false, List.of()));
    assertThat(planner.take().changed()).hasSize(1);
    assertThat(port(planner, "web").sources())
        .containsExactly(Cidr.parse("1.2.3.4/32"), Cidr.parse("192.168.0.0/24"));
  }

  @Test
  @DisplayName("a node that changes its zone uses other endpoints")
  void zone() {
    services.put(service("web", "10.0.0.1", 80, 0));
    slices.put(slice("s", "web", 8080, hinted("10.1.0.1", "z1"), hinted("10.1.0.2", "z2")));
    var planner = new Planner("a", services, slices);
    planner.take();
    assertThat(Samples.ips(port(planner, "web"))).hasSize(2);
    planner.zone("z2");
    planner.take();
    assertThat(Samples.ips(port(planner, "web"))).containsExactly("10.1.0.2");
  }

  private static SliceEndpoint hinted(String ip, String zone) {
    return new SliceEndpoint(Ip.parse(ip), true, true, false, "n", List.of(zone), List.of());
  }

  private List<Cidr> sources(String... ranges) {
    services.put(
        external(
            "web",
            "10.0.0.1",
            new External(
                TrafficPolicy.CLUSTER,
                List.of(),
                List.of(Ip.parse("1.2.3.4")),
                Arrays.stream(ranges).map(Cidr::parse).toList(),
                0)));
    return port("web").sources();
  }

  private static Service external(String name, String ip, External external) {
    Service plain = service(name, ip, 80, 0);
    return new Service(
        plain.name(),
        plain.clusterIps(),
        plain.ports(),
        plain.internalPolicy(),
        external,
        plain.affinity());
  }

  private static PortPlan port(Planner planner, String name) {
    return Objects.requireNonNull(planner.plan().ports().get(Samples.key(name)));
  }
}
