package io.portolan.agent.probe;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.ServiceName;
import io.portolan.api.v1alpha1.ProbePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What this node has to measure while it holds a revision.
 *
 * @param routes what each is to connect to, sorted
 * @param unmeasured why routes that there could be are not among them
 */
record Assignment(String revision, Map<Route, Target> routes, List<String> unmeasured) {
  /** Name of the probe Service's port. */
  static final String PORT = "probe";

  Assignment {
    routes = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(routes));
    unmeasured = List.copyOf(unmeasured);
  }

  /**
   * Reads it from the plan.
   *
   * @param service the probe Service, null when nobody named one
   * @param ports the plan of a port, null when there is none
   */
  static Assignment of(
      String revision,
      NodeFacts node,
      @Nullable ServiceName service,
      Function<PortKey, @Nullable PortPlan> ports) {
    if (service == null) {
      return new Assignment(revision, Map.of(), List.of("no probe Service is named"));
    }
    var routes = new TreeMap<Route, Target>();
    var reasons = new ArrayList<String>();
    boolean served = false;
    for (IpFamily family : IpFamily.values()) {
      var key = new PortKey(service.namespace(), service.name(), PORT, Protocol.TCP, family);
      PortPlan plan = ports.apply(key);
      Frontend.ClusterIp address = plan == null ? null : clusterIp(plan);
      if (plan == null || address == null) {
        continue;
      }
      served = true;
      List<Endpoint> others = plan.pools().cluster().stream().filter(e -> !e.local()).toList();
      if (others.isEmpty()) {
        reasons.add(name(family) + ": " + service + " has no endpoint on another node");
        continue;
      }
      var target = new Target(address.ip(), address.port(), others);
      routes.put(new Route(ProbePath.NODE, family), target);
      var pod = new Route(ProbePath.POD, family);
      String obstacle = obstacle(node, family);
      if (obstacle == null) {
        routes.put(pod, target);
      } else {
        reasons.add(pod + ": " + obstacle);
      }
    }
    if (!served) {
      reasons.add("no Service " + service + " with a ClusterIP and a TCP port " + PORT);
    }
    return new Assignment(revision, routes, reasons);
  }

  /** Why packets of the Pod path are not masqueraded, and so must go unanswered; null: they are. */
  private static @Nullable String obstacle(NodeFacts node, IpFamily family) {
    if (node.masqueradeAll()) {
      return null;
    }
    if (!node.pods().known(family)) {
      return "the settings tell no Pods, so nothing is masqueraded";
    }
    return node.pods() instanceof PodSources.Interfaces pods && pods.matches(PodPath.OUTER)
        ? "the settings take " + PodPath.OUTER + " for the interface of a Pod"
        : null;
  }

  private static Frontend.@Nullable ClusterIp clusterIp(PortPlan plan) {
    for (Frontend each : plan.frontends()) {
      if (each instanceof Frontend.ClusterIp found) {
        return found;
      }
    }
    return null;
  }

  private static String name(IpFamily family) {
    return family == IpFamily.IPV4 ? "IPv4" : "IPv6";
  }
}
