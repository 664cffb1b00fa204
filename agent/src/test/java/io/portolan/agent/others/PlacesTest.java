package io.portolan.agent.others;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.kernel.Jiffies;
import io.portolan.agent.others.Places.Place;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.Pools;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The memory of kube-proxy, as names and lines")
class PlacesTest {
  private static final PortKey KEY = new PortKey("ns", "svc", "p", Protocol.TCP, IpFamily.IPV4);
  private static final Endpoint HERE = new Endpoint(Ip.parse("10.1.0.1"), 80, true);
  private static final Endpoint THERE = new Endpoint(Ip.parse("10.1.0.2"), 80, false);
  private static final Ip CLIENT = Ip.parse("192.0.2.1");
  private static final Place PLACE = new Place(KEY, HERE.ip(), 80, Duration.ofMinutes(10));

  private static Places places(int affinitySeconds) {
    var port =
        new PortPlan(
            KEY,
            List.of(new Frontend.ClusterIp(Ip.parse("10.0.0.1"), 80)),
            TrafficPolicy.CLUSTER,
            TrafficPolicy.CLUSTER,
            new Pools(List.of(HERE, THERE), List.of(), true),
            List.of(),
            affinitySeconds,
            List.of(),
            0);
    return Places.of(
        new Plan(NodeFacts.NONE, Map.of(KEY, port)), (key, endpoint) -> key + " " + endpoint);
  }

  private static StickyClient client(Ip client, Endpoint at, int seconds) {
    return new StickyClient(KEY, client, at.ip(), at.port(), Duration.ofSeconds(seconds));
  }

  @Test
  @DisplayName("are looked for where a Service has affinity, and nowhere else")
  void affinityAlone() {
    assertThat(places(600).named())
        .containsOnlyKeys("ns/svc:p 10.1.0.1:80", "ns/svc:p 10.1.0.2:80");
    assertThat(places(0).named()).isEmpty();
  }

  @Test
  @DisplayName("a client at two endpoints keeps the one that it used last")
  void latest() {
    assertThat(Places.latest(List.of(client(CLIENT, HERE, 5), client(CLIENT, THERE, 9))))
        .containsExactly(client(CLIENT, THERE, 9));
  }

  @Test
  @DisplayName("written are those that are new, or last longer; the one who came last comes last")
  void additions() {
    Ip second = Ip.parse("192.0.2.2");
    Ip third = Ip.parse("192.0.2.3");
    Ip fourth = Ip.parse("192.0.2.4");
    Ip fifth = Ip.parse("192.0.2.5");
    var additions =
        places(600)
            .additions(
                List.of("ns/svc:p 10.1.0.1:80"),
                List.of(
                    client(CLIENT, HERE, 500),
                    client(second, HERE, 300),
                    client(third, HERE, 100),
                    client(fourth, HERE, 100),
                    client(fifth, THERE, 100),
                    client(Ip.parse("fd00::1"), HERE, 100)),
                List.of(
                    client(second, HERE, 100), client(third, HERE, 98), client(fourth, THERE, 9)));
    assertThat(additions.wanted())
        .containsExactly(
            Map.entry(
                "ns/svc:p 10.1.0.1:80",
                List.of(client(second, HERE, 300), client(CLIENT, HERE, 500))));
    assertThat(additions.kept()).as("the third is there already").isEqualTo(3);
  }

  @Test
  @DisplayName("a line says who was there, and how long ago; who is too old is nobody")
  void lines() {
    var now = new Jiffies((1L << 32) + 1_000_000, 4_000_000);
    assertThat(line(now, now.now() - 25_000)).contains(client(CLIENT, HERE, 500));
    assertThat(line(now, now.now() - 149_999)).isPresent();
    assertThat(line(now, now.now() - 150_000)).isEmpty();
    assertThat(RecentLists.client("", PLACE, now)).isEmpty();
  }

  @Test
  @DisplayName("a line of another clock keeps its client for the whole time")
  void otherClock() {
    var now = new Jiffies((1L << 32) + 1_000_000, 4_000_000);
    assertThat(line(now, now.now() + 1_000_000)).contains(client(CLIENT, HERE, 600));
  }

  private static java.util.Optional<StickyClient> line(Jiffies now, long seen) {
    String line = "src=" + CLIENT + " ttl: 64 last_seen: " + seen + " oldest_pkt: 1 " + seen;
    return RecentLists.client(line, PLACE, now);
  }
}
