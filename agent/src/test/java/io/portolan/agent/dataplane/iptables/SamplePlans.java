package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.Pools;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Plans, whole and at random. */
final class SamplePlans {
  static final NodeFacts NODE =
      Samples.facts(
          List.of(Ip.parse("127.0.0.1"), Ip.parse("192.168.50.1"), Ip.parse("fd50::1")),
          List.of(Cidr.parse("10.244.0.0/16"), Cidr.parse("fd44::/64")),
          false);

  private SamplePlans() {}

  static PortKey key(String name, Protocol protocol, boolean v6) {
    return new PortKey("test", name, "web", protocol, v6 ? IpFamily.IPV6 : IpFamily.IPV4);
  }

  static List<Endpoint> pods(boolean v6, int... numbers) {
    var endpoints = new ArrayList<Endpoint>();
    for (int number : numbers) {
      endpoints.add(new Endpoint(Ip.parse((v6 ? "fd44::" : "10.244.0.") + number), 8080, true));
    }
    return endpoints.stream().sorted().toList();
  }

  /** {@code test/web}: a ClusterIP and a NodePort. */
  static PortPlan web(boolean v6, int affinitySeconds, int... pods) {
    return Samples.port(
        key("web", Protocol.TCP, v6),
        List.of(
            new Frontend.ClusterIp(Ip.parse(v6 ? "fd96::10" : "10.96.0.10"), 80),
            new Frontend.NodePort(30080)),
        pods(v6, pods),
        affinitySeconds);
  }

  /** One Service port of each sort, in both families. */
  static Plan full() {
    var ports = new HashMap<PortKey, PortPlan>();
    for (boolean v6 : List.of(false, true)) {
      String net = v6 ? "fd96::" : "10.96.0.";
      put(ports, web(v6, 0, 1, 2, 3));
      put(ports, port("dns", Protocol.UDP, net + "11", 0, 600, pods(v6, 2, 5)));
      put(ports, port("sig", Protocol.SCTP, net + "12", 30082, 0, pods(v6, 1)));
      put(ports, port("none", Protocol.TCP, net + "13", 30083, 0, List.of()));
      put(
          ports,
          new PortPlan(
              key("lb", Protocol.TCP, v6),
              List.of(
                  new Frontend.ClusterIp(Ip.parse(net + "14"), 443),
                  new Frontend.LoadBalancerIp(Ip.parse(v6 ? "fd98::1" : "192.0.2.1"), 443),
                  new Frontend.NodePort(30084)),
              TrafficPolicy.CLUSTER,
              TrafficPolicy.LOCAL,
              new Pools(pods(v6, 1, 2), pods(v6, 2), true),
              List.of(Cidr.parse(v6 ? "fd50::/16" : "192.168.0.0/16")),
              0,
              List.of(),
              32000));
    }
    return new Plan(NODE, ports);
  }

  private static void put(Map<PortKey, PortPlan> ports, PortPlan port) {
    ports.put(port.key(), port);
  }

  private static PortPlan port(
      String name,
      Protocol protocol,
      String ip,
      int nodePort,
      int affinitySeconds,
      List<Endpoint> endpoints) {
    var frontends = new ArrayList<Frontend>();
    frontends.add(new Frontend.ClusterIp(Ip.parse(ip), 80));
    if (nodePort > 0) {
      frontends.add(new Frontend.NodePort(nodePort));
    }
    return Samples.port(
        key(name, protocol, ip.contains(":")), frontends, endpoints, affinitySeconds);
  }

  /** Few Services, whose addresses wander from one to another. */
  static Plan random(Random random) {
    var ports = new HashMap<PortKey, PortPlan>();
    int shift = random.nextInt(2);
    for (boolean v6 : List.of(false, true)) {
      for (int i = 0; i < 4; i++) {
        if (random.nextInt(4) > 0) {
          int address = (i + shift) % 4;
          PortKey key = key("s" + i, random.nextInt(5) == 0 ? Protocol.UDP : Protocol.TCP, v6);
          var frontends = new ArrayList<Frontend>();
          frontends.add(
              new Frontend.ClusterIp(Ip.parse((v6 ? "fd96::" : "10.96.0.") + address), 80));
          if (random.nextInt(3) == 0) {
            frontends.add(new Frontend.NodePort(30000 + i));
          }
          String outside = v6 ? "fd98::" : "192.0.2.";
          if (random.nextInt(3) == 0) {
            frontends.add(new Frontend.LoadBalancerIp(Ip.parse(outside + address), 80));
          }
          if (random.nextInt(3) == 0) {
            frontends.add(new Frontend.ExternalIp(Ip.parse(outside + (10 + address)), 80));
          }
          put(ports, randomPort(random, key, frontends, v6));
        }
      }
    }
    return new Plan(randomFacts(random), ports);
  }

  private static PortPlan randomPort(
      Random random, PortKey key, List<Frontend> frontends, boolean v6) {
    var all = pods(v6, random.ints(1, 10).limit(random.nextInt(6)).distinct().toArray());
    var here = all.stream().limit(random.nextInt(4)).toList();
    var sources = new ArrayList<Cidr>();
    for (int i = random.nextInt(4); i > 0; i--) {
      sources.add(Cidr.parse((v6 ? "fd5" + i + "::/" : "10." + i + ".0.0/") + (14 + i)));
    }
    return new PortPlan(
        key,
        frontends,
        random.nextBoolean() ? TrafficPolicy.LOCAL : TrafficPolicy.CLUSTER,
        random.nextBoolean() ? TrafficPolicy.LOCAL : TrafficPolicy.CLUSTER,
        new Pools(all, here, !all.isEmpty()),
        sources,
        random.nextInt(3) == 0 ? 100 : 0,
        List.of(),
        random.nextInt(3) == 0 ? 32000 + random.nextInt(3) : 0);
  }

  private static NodeFacts randomFacts(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> NodeFacts.NONE;
      case 1 -> Samples.facts(NODE.nodePortAddresses(), List.of(), random.nextBoolean());
      case 2 ->
          new NodeFacts(
              List.of(),
              NODE.nodePortAddresses(),
              new PodSources.Interfaces("veth", random.nextBoolean()),
              false,
              List.of());
      case 3 -> Samples.facts(List.of(), List.of(Cidr.parse("0.0.0.0/0")), false);
      default -> NODE;
    };
  }

  static PlanDelta delta(Plan from, Plan to) {
    var changed =
        to.ports().values().stream().filter(p -> !p.equals(from.ports().get(p.key()))).toList();
    var removed = from.ports().keySet().stream().filter(k -> !to.ports().containsKey(k)).toList();
    return new PlanDelta(to.node().equals(from.node()) ? null : to.node(), changed, removed);
  }
}
