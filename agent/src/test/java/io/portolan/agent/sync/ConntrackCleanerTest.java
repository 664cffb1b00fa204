package io.portolan.agent.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.kernel.TrackedFlows;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.OpeningFlows;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.Pools;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.plan.StaleFlows;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("stale flows in the kernel's table")
class ConntrackCleanerTest {
  private static final int CLIENT_PORT = 1000;

  private NetworkNamespace space;
  private TrackedFlows table;
  private ConntrackCleaner cleaner;

  @BeforeEach
  void open() {
    space = NetworkNamespace.create("flows");
    table = new TrackedFlows(space);
    cleaner = space.call(ConntrackCleaner::open);
  }

  @AfterEach
  void close() {
    cleaner.close();
    space.close();
  }

  /** A UDP port 53 at a ClusterIP, an external address and a NodePort, with one endpoint. */
  private static PortPlan dns(IpFamily family, int number) {
    return new PortPlan(
        new PortKey("ns", "dns-" + number, "u", Protocol.UDP, family),
        List.of(
            new Frontend.ClusterIp(vip(family, number), 53 + number),
            new Frontend.ExternalIp(external(family), 53 + number),
            new Frontend.NodePort(30053 + number)),
        TrafficPolicy.CLUSTER,
        TrafficPolicy.CLUSTER,
        Pools.NONE,
        List.of(),
        0,
        List.of(new Endpoint(right(family), 5353, false)),
        0);
  }

  private static Ip vip(IpFamily family, int number) {
    return Ip.parse((family == IpFamily.IPV4 ? "10.96.0." : "fd96::") + (10 + number));
  }

  private static Ip external(IpFamily family) {
    return Ip.parse(family == IpFamily.IPV4 ? "203.0.113.7" : "2001:db8::7");
  }

  private static Ip right(IpFamily family) {
    return Ip.parse(family == IpFamily.IPV4 ? "10.1.0.1" : "fd01::1");
  }

  private static Ip gone(IpFamily family) {
    return Ip.parse(family == IpFamily.IPV4 ? "10.1.0.9" : "fd01::9");
  }

  private static Ip node(IpFamily family) {
    return Ip.parse(family == IpFamily.IPV4 ? "192.168.0.2" : "fd50::2");
  }

  private static StaleFlows rule(PortPlan... ports) {
    return new StaleFlows(
        new Plan(
            Samples.facts(List.of(node(IpFamily.IPV4), node(IpFamily.IPV6)), List.of(), false),
            Stream.of(ports).collect(Collectors.toMap(PortPlan::key, p -> p))));
  }

  /** Entries that go into the table, and how the table lists those that shall stay. */
  private static final class Entries {
    private final List<String> before = new ArrayList<>();
    private final List<String> stay = new ArrayList<>();

    Entries stays(String protocol, Ip to, int port, Ip from, int fromPort) {
      stay.add(TrackedFlows.brief(protocol, to.toString(), port, from.toString(), fromPort));
      return goes(protocol, to, port, from, fromPort);
    }

    Entries goes(String protocol, Ip to, int port, Ip from, int fromPort) {
      int client = CLIENT_PORT + before.size();
      before.add(
          switch (protocol) {
            case "udp" -> TrackedFlows.udp(to.toString(), port, from.toString(), fromPort, client);
            case "tcp" -> TrackedFlows.tcp(to.toString(), port, from.toString(), fromPort, client);
            default -> TrackedFlows.sctp(to.toString(), port, from.toString(), fromPort, client);
          });
      return this;
    }
  }

  @ParameterizedTest
  @EnumSource(IpFamily.class)
  @DisplayName("exactly the stale UDP flows of the changed Service port are ended")
  void exact(IpFamily family) {
    Ip vip = vip(family, 0);
    Ip right = right(family);
    Ip gone = gone(family);
    Ip stranger = vip(family, 200);
    var entries =
        new Entries()
            .stays("udp", vip, 53, right, 5353)
            .goes("udp", vip, 53, gone, 5353)
            .goes("udp", vip, 53, right, 53)
            .goes("udp", vip, 53, vip, 53)
            .stays("udp", vip, 54, gone, 5353)
            .stays("tcp", vip, 53, gone, 5353)
            .stays("sctp", vip, 53, gone, 5353)
            .stays("udp", stranger, 53, gone, 5353)
            .goes("udp", external(family), 53, gone, 5353)
            .stays("udp", external(family), 53, right, 5353)
            .goes("udp", node(family), 30053, gone, 5353)
            .stays("udp", node(family), 30053, right, 5353)
            .stays("tcp", node(family), 30053, gone, 5353)
            .stays("udp", node(family), 53, gone, 5353)
            .stays("udp", stranger, 30053, stranger, 30053);
    table.add(entries.before.toArray(String[]::new));
    assertThat(cleaner.clean(family, rule(dns(family, 0)))).isEqualTo(5);
    assertThat(table.list()).containsExactlyInAnyOrderElementsOf(entries.stay);
    assertThat(cleaner.clean(family, rule(dns(family, 0)))).as("a second time").isZero();
  }

  @ParameterizedTest
  @EnumSource(IpFamily.class)
  @DisplayName("exactly the connections to Services that were not answered begin anew")
  void opening(IpFamily family) {
    String vip = vip(family, 0).toString();
    String stranger = vip(family, 200).toString();
    String node = node(family).toString();
    String pod = gone(family).toString();
    table.add(
        TrackedFlows.unanswered(vip, 80, pod, 8080, 1000),
        TrackedFlows.unanswered(node, 30080, pod, 8080, 1001),
        TrackedFlows.unanswered(vip, 81, pod, 8080, 1002),
        TrackedFlows.unanswered(stranger, 80, pod, 8080, 1003),
        TrackedFlows.unanswered(stranger, 30080, pod, 8080, 1004),
        TrackedFlows.tcp(vip, 80, pod, 8080, 1005),
        TrackedFlows.udp(vip, 80, pod, 8080, 1006));
    var web =
        new PortPlan(
            new PortKey("ns", "web", "h", Protocol.TCP, family),
            List.of(new Frontend.ClusterIp(vip(family, 0), 80), new Frontend.NodePort(30080)),
            TrafficPolicy.CLUSTER,
            TrafficPolicy.CLUSTER,
            Pools.NONE,
            List.of(),
            0,
            List.of(),
            0);
    var opening =
        new OpeningFlows(
            new Plan(
                Samples.facts(List.of(node(IpFamily.IPV4), node(IpFamily.IPV6)), List.of(), false),
                Map.of(web.key(), web)));
    assertThat(cleaner.clean(family, opening)).isEqualTo(2);
    assertThat(table.list())
        .containsExactlyInAnyOrder(
            TrackedFlows.brief("tcp", vip, 81, pod, 8080),
            TrackedFlows.brief("tcp", stranger, 80, pod, 8080),
            TrackedFlows.brief("tcp", stranger, 30080, pod, 8080),
            TrackedFlows.brief("tcp", vip, 80, pod, 8080),
            TrackedFlows.brief("udp", vip, 80, pod, 8080));
  }

  @Test
  @DisplayName("one Service's change leaves ten thousand other flows alone, and unread")
  void reads() {
    var family = IpFamily.IPV4;
    var entries = new Entries();
    for (int i = 0; i < 10_000; i++) {
      entries.stays("udp", vip(family, 1 + i % 200), 5000 + i % 50, gone(family), 5353);
    }
    entries.goes("udp", vip(family, 0), 53, gone(family), 5353);
    table.add(entries.before.toArray(String[]::new));
    assertThat(cleaner.clean(family, rule(dns(family, 0)))).isEqualTo(1);
    assertThat(cleaner.received()).isEqualTo(1);
    assertThat(table.list()).containsExactlyInAnyOrderElementsOf(entries.stay);
  }

  @ParameterizedTest
  @EnumSource(IpFamily.class)
  @DisplayName("many Service ports are cleaned at once, the other family is left")
  void many(IpFamily family) {
    IpFamily other = family == IpFamily.IPV4 ? IpFamily.IPV6 : IpFamily.IPV4;
    var entries = new Entries();
    var ports = new ArrayList<PortPlan>();
    for (int i = 0; i < 50; i++) {
      entries
          .goes("udp", vip(family, i), 53 + i, gone(family), 5353)
          .goes("udp", node(family), 30053 + i, gone(family), 5353)
          .stays("udp", vip(family, i), 53 + i, right(family), 5353)
          .stays("udp", vip(other, i), 53 + i, gone(other), 5353);
      ports.add(dns(family, i));
      ports.add(dns(other, i));
    }
    table.add(entries.before.toArray(String[]::new));
    assertThat(cleaner.clean(family, rule(ports.toArray(PortPlan[]::new)))).isEqualTo(100);
    assertThat(table.list()).containsExactlyInAnyOrderElementsOf(entries.stay);
    assertThat(cleaner.received()).as("one answer with all UDP of the family").isEqualTo(150);
  }
}
