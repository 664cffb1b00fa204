package io.portolan.agent.plan;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says what a plan does with a packet. It looks at the same things in the same order as every
 * dataplane must:
 *
 * <ol>
 *   <li>the frontend: an address with that port, else a NodePort, else an address of a Service that
 *       has no such port, else an unused address of the Service ranges;
 *   <li>the load balancer's source ranges;
 *   <li>the traffic policy, and whether the packet comes from the node or its Pods;
 *   <li>the endpoints of that policy;
 *   <li>the source: masqueraded or kept.
 * </ol>
 */
public final class Tracer {
  private final Plan plan;
  private final Set<Ip> local;
  private final boolean guards;

  /**
   * @param local addresses of the node, loopback ones too
   * @param guards whether the mode takes away what is sent to a ClusterIP without such a port, and
   *     to unused addresses of the Service ranges
   */
  public Tracer(Plan plan, Set<Ip> local, boolean guards) {
    this.plan = plan;
    this.local = Set.copyOf(local);
    this.guards = guards;
  }

  /** Follows a packet. */
  public Trace trace(Packet packet) {
    var steps = new ArrayList<String>();
    Fate fate = fate(packet, steps);
    return new Trace(fate, List.copyOf(steps));
  }

  private record Found(PortPlan port, Frontend frontend) {}

  private Fate fate(Packet packet, List<String> steps) {
    Found found = frontend(packet, steps);
    if (found == null) {
      return unserved(packet, steps);
    }
    PortPlan port = found.port();
    if (!admitted(packet, found, steps)) {
      return new Fate.Dropped();
    }
    TrafficPolicy policy = policy(packet, found, steps);
    return switch (port.target(policy)) {
      case Target.OneOf some -> {
        steps.add("endpoints of policy " + word(policy) + ": " + text(some.endpoints()));
        if (port.affinitySeconds() > 0) {
          steps.add("a client keeps its endpoint for " + port.affinitySeconds() + " s");
        }
        boolean masquerade = masquerade(packet, found, some.endpoints(), steps);
        yield new Fate.Translated(port.key(), some.endpoints(), masquerade, port.affinitySeconds());
      }
      case Target.Refused none -> {
        steps.add("no endpoint in the whole cluster: refused");
        yield new Fate.Rejected();
      }
      case Target.Dropped none -> {
        steps.add("no endpoint for policy " + word(policy) + " on this node: dropped");
        yield new Fate.Dropped();
      }
    };
  }

  private @Nullable Found frontend(Packet packet, List<String> steps) {
    Optional<Found> at =
        find(packet, f -> f instanceof Frontend.Address a && a.ip().equals(packet.to()));
    if (at.isEmpty() && plan.node().nodePortAddresses().contains(packet.to())) {
      at = find(packet, f -> f instanceof Frontend.NodePort);
    }
    at.ifPresent(found -> steps.add(name(found.frontend()) + " of " + found.port().key()));
    return at.orElse(null);
  }

  private Optional<Found> find(Packet packet, Predicate<Frontend> which) {
    return plan.ports().values().stream()
        .filter(p -> p.key().protocol() == packet.protocol())
        .filter(p -> p.key().family() == packet.to().family())
        .sorted(Comparator.comparing(PortPlan::key))
        .flatMap(
            p ->
                p.frontends().stream()
                    .filter(f -> f.port() == packet.port() && which.test(f))
                    .map(f -> new Found(p, f)))
        .findFirst();
  }

  private Fate unserved(Packet packet, List<String> steps) {
    if (!guards) {
      steps.add("not for a Service");
      return new Fate.Untouched();
    }
    boolean used =
        plan.ports().values().stream()
            .flatMap(p -> p.frontends().stream())
            .anyMatch(f -> f instanceof Frontend.ClusterIp at && at.ip().equals(packet.to()));
    if (used) {
      steps.add("a ClusterIP, but of no Service with that port and protocol: refused");
      return new Fate.Rejected();
    }
    Optional<Cidr> range =
        plan.node().serviceRanges().stream().filter(r -> r.contains(packet.to())).findFirst();
    if (range.isPresent()) {
      steps.add("an unused address of the Service range " + range.get() + ": dropped");
      return new Fate.Dropped();
    }
    steps.add("not for a Service");
    return new Fate.Untouched();
  }

  private static boolean admitted(Packet packet, Found found, List<String> steps) {
    PortPlan port = found.port();
    if (!(found.frontend() instanceof Frontend.LoadBalancerIp) || !port.guarded()) {
      return true;
    }
    boolean admitted = port.sources().stream().anyMatch(r -> r.contains(packet.from()));
    steps.add(
        packet.from()
            + (admitted ? " is" : " is not")
            + " in loadBalancerSourceRanges "
            + port.sources()
            + (admitted ? "" : ": dropped"));
    return admitted;
  }

  private TrafficPolicy policy(Packet packet, Found found, List<String> steps) {
    TrafficPolicy policy = found.port().policy(found.frontend());
    if (found.port().shortCircuits(found.frontend())) {
      if (fromPod(packet)) {
        steps.add("external policy Local does not bind what comes from Pods: policy Cluster");
        return TrafficPolicy.CLUSTER;
      }
      if (local.contains(packet.from())) {
        steps.add("external policy Local does not bind what the node sends: policy Cluster");
        return TrafficPolicy.CLUSTER;
      }
    }
    return policy;
  }

  private boolean masquerade(
      Packet packet, Found found, List<Endpoint> endpoints, List<String> steps) {
    String reason = reason(packet, found);
    if (reason.isEmpty()
        && endpoints.size() == 1
        && endpoints.getFirst().ip().equals(packet.from())) {
      reason = "the sender reaches itself";
    }
    steps.add(reason.isEmpty() ? "source kept" : "masqueraded: " + reason);
    return !reason.isEmpty();
  }

  /** Why every connection is masqueraded, whichever endpoint it gets; empty: it is not. */
  private String reason(Packet packet, Found found) {
    if (found.frontend() instanceof Frontend.ClusterIp) {
      if (plan.node().masqueradeAll()) {
        return "everything to a ClusterIP is";
      }
      boolean foreign = plan.node().pods().known(packet.to().family()) && !fromPod(packet);
      return foreign ? "sent to a ClusterIP, and not by a Pod" : "";
    }
    if (found.port().external() == TrafficPolicy.CLUSTER) {
      return "answers must come back through this node";
    }
    return !fromPod(packet) && local.contains(packet.from()) ? "sent by the node itself" : "";
  }

  private boolean fromPod(Packet packet) {
    return switch (plan.node().pods()) {
      case PodSources.Ranges ranges ->
          ranges.ranges().stream().anyMatch(r -> r.contains(packet.from()));
      case PodSources.Interfaces interfaces ->
          !packet.through().isEmpty() && interfaces.matches(packet.through());
    };
  }

  private static String name(Frontend frontend) {
    return switch (frontend) {
      case Frontend.ClusterIp at -> "ClusterIP " + at.ip() + " port " + at.port();
      case Frontend.ExternalIp at -> "external IP " + at.ip() + " port " + at.port();
      case Frontend.LoadBalancerIp at -> "load balancer IP " + at.ip() + " port " + at.port();
      case Frontend.NodePort at -> "NodePort " + at.port();
    };
  }

  private static String word(TrafficPolicy policy) {
    return policy == TrafficPolicy.LOCAL ? "Local" : "Cluster";
  }

  private static String text(List<Endpoint> endpoints) {
    return endpoints.stream().map(Endpoint::toString).toList().toString();
  }
}
