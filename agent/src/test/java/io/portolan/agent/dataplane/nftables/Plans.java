package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plans of the testbed, written briefly. */
public final class Plans {
  static final List<Cidr> POD_RANGES =
      List.of(Cidr.parse("10.244.0.0/16"), Cidr.parse("fd44::/64"));

  public static final NodeFacts NODE =
      Samples.facts(List.of(Ip.parse("192.168.50.1"), Ip.parse("fd50::1")), POD_RANGES, false);

  private Plans() {}

  public static PortKey key(String name, Protocol protocol, boolean v6) {
    return new PortKey("test", name, "web", protocol, v6 ? IpFamily.IPV6 : IpFamily.IPV4);
  }

  /** A Service port with a ClusterIP, and a NodePort unless that is 0. */
  public static PortPlan port(
      PortKey key, String clusterIp, int nodePort, int affinitySeconds, List<Endpoint> endpoints) {
    var frontends = new ArrayList<Frontend>();
    frontends.add(new Frontend.ClusterIp(Ip.parse(clusterIp), 80));
    if (nodePort != 0) {
      frontends.add(new Frontend.NodePort(nodePort));
    }
    return Samples.port(key, frontends, endpoints, affinitySeconds);
  }

  /** The Pods of the testbed with these numbers, as endpoints. */
  public static List<Endpoint> pods(boolean v6, int... numbers) {
    var endpoints = new ArrayList<Endpoint>();
    for (int number : numbers) {
      endpoints.add(new Endpoint(Ip.parse(Testbed.podIp(number, v6)), Testbed.PORT, true));
    }
    return endpoints.stream().sorted().toList();
  }

  public static Plan plan(NodeFacts node, PortPlan... ports) {
    var map = new LinkedHashMap<PortKey, PortPlan>();
    for (PortPlan port : ports) {
      map.put(port.key(), port);
    }
    return new Plan(node, Map.copyOf(map));
  }

  static PlanDelta changed(PortPlan... ports) {
    return new PlanDelta(null, List.of(ports), List.of());
  }

  static PlanDelta removed(PortKey... keys) {
    return new PlanDelta(null, List.of(), List.of(keys));
  }
}
