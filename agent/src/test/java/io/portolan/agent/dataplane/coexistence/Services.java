package io.portolan.agent.dataplane.coexistence;

import io.portolan.agent.dataplane.nftables.Plans;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.Pools;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The Services of these tests, each with both protocols and families. {@code web} has one endpoint,
 * Pod 1 and after the change Pod 2; {@code none} has none; {@code early} goes with the change, and
 * {@code late} comes with it.
 */
final class Services {
  static final int WEB_NODE_PORT = 30080;
  static final int NONE_NODE_PORT = 30090;
  static final int HEALTH_CHECK_PORT = 32000;

  private static final List<String> NAMES = List.of("web", "none", "early", "late", "checked");

  private Services() {}

  static String clusterIp(String name, boolean v6) {
    return (v6 ? "fd96::1" : "10.96.0.1") + NAMES.indexOf(name);
  }

  /** Before the change. */
  static Plan first() {
    var ports = new ArrayList<PortPlan>();
    ports.addAll(service("web", WEB_NODE_PORT, 1));
    ports.addAll(service("none", NONE_NODE_PORT));
    ports.addAll(service("early", 0, 1));
    ports.addAll(checked());
    return Plans.plan(Plans.NODE, ports.toArray(PortPlan[]::new));
  }

  /** After the change. */
  static Plan second() {
    var ports = new ArrayList<PortPlan>();
    ports.addAll(service("web", WEB_NODE_PORT, 2));
    ports.addAll(service("none", NONE_NODE_PORT));
    ports.addAll(service("late", 0, 1));
    ports.addAll(checked());
    return Plans.plan(Plans.NODE, ports.toArray(PortPlan[]::new));
  }

  /** The change: an endpoint is replaced, a Service comes, another one goes. */
  static PlanDelta change() {
    var changed = new ArrayList<>(service("web", WEB_NODE_PORT, 2));
    changed.addAll(service("late", 0, 1));
    return new PlanDelta(
        null, changed, service("early", 0, 1).stream().map(PortPlan::key).toList());
  }

  private static List<PortPlan> service(String name, int nodePort, int... pods) {
    var ports = new ArrayList<PortPlan>();
    for (boolean v6 : List.of(false, true)) {
      for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
        ports.add(
            Plans.port(
                key(name, protocol, v6), clusterIp(name, v6), nodePort, 0, Plans.pods(v6, pods)));
      }
    }
    return ports;
  }

  /** The ports of a Service have different names, as the API asks. */
  private static PortKey key(String name, Protocol protocol, boolean v6) {
    String port = protocol.name().toLowerCase(Locale.ROOT);
    return new PortKey("test", name, port, protocol, v6 ? IpFamily.IPV6 : IpFamily.IPV4);
  }

  /** For a load balancer that asks the node whether it has endpoints. */
  private static List<PortPlan> checked() {
    var ports = new ArrayList<PortPlan>();
    for (boolean v6 : List.of(false, true)) {
      PortKey key = key("checked", Protocol.TCP, v6);
      List<Endpoint> pods = Plans.pods(v6, 1);
      ports.add(
          new PortPlan(
              key,
              List.of(
                  new Frontend.ClusterIp(Ip.parse(clusterIp("checked", v6)), 80),
                  new Frontend.NodePort(30091)),
              TrafficPolicy.CLUSTER,
              TrafficPolicy.LOCAL,
              new Pools(pods, pods, true),
              List.of(),
              0,
              List.of(),
              HEALTH_CHECK_PORT));
    }
    return ports;
  }
}
