package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.Pools;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A plan that needs everything this mode has: its sets, maps, chains and expressions are all that
 * ever are. Its addresses are for documentation (RFC 5737, RFC 3849).
 */
final class Rehearsal {
  static final Plan PLAN = plan();

  private Rehearsal() {}

  private static Plan plan() {
    var ports = new HashMap<PortKey, PortPlan>();
    for (IpFamily family : IpFamily.values()) {
      for (Protocol protocol : Protocol.values()) {
        for (int affinity : List.of(0, 10_800)) {
          PortPlan port = port(family, protocol, affinity);
          ports.put(port.key(), port);
        }
      }
    }
    var node =
        new NodeFacts(
            List.of(),
            List.of(ip(IpFamily.IPV4, 1), ip(IpFamily.IPV6, 1)),
            new PodSources.Ranges(ranges(IpFamily.IPV4, IpFamily.IPV6)),
            false,
            ranges(IpFamily.IPV4, IpFamily.IPV6));
    return new Plan(node, Map.copyOf(ports));
  }

  /** Behind all kinds of frontends, from outside to endpoints of this node alone. */
  private static PortPlan port(IpFamily family, Protocol protocol, int affinity) {
    int host = protocol.number() + (affinity == 0 ? 0 : 100);
    var here = new Endpoint(ip(family, host + 3), 8080, true);
    var there = new Endpoint(ip(family, host + 4), 8080, false);
    return new PortPlan(
        new PortKey("rehearsal", "s" + host, "", protocol, family),
        List.of(
            new Frontend.ClusterIp(ip(family, host), 80),
            new Frontend.ExternalIp(ip(family, host + 1), 80),
            new Frontend.LoadBalancerIp(ip(family, host + 2), 80),
            new Frontend.NodePort(30_000 + host)),
        TrafficPolicy.CLUSTER,
        TrafficPolicy.LOCAL,
        new Pools(List.of(here, there), List.of(here), true),
        ranges(family),
        affinity,
        List.of(),
        0);
  }

  private static Ip ip(IpFamily family, int host) {
    return Ip.parse((family == IpFamily.IPV4 ? "192.0.2." : "2001:db8::") + host);
  }

  private static List<Cidr> ranges(IpFamily... families) {
    return List.of(families).stream()
        .map(f -> Cidr.parse(f == IpFamily.IPV4 ? "198.51.100.0/24" : "2001:db8:1::/48"))
        .toList();
  }
}
