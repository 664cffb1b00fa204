package io.portolan.agent.plan;

import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.Backend;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.ServiceTable;
import io.portolan.agent.service.SliceTable;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Turns Services and EndpointSlices into the plan of this node, and keeps it current at the cost of
 * what changed. Not thread-safe.
 *
 * <p>Whoever changes the tables names the Services that are touched; {@link #take} plans those
 * again and returns the way from the plan before to the plan now.
 */
public final class Planner {
  private final ServiceTable services;
  private final SliceTable slices;

  private Selection selection;
  private NodeFacts facts = NodeFacts.NONE;
  private NodeFacts plannedFacts = NodeFacts.NONE;
  private AffinityRule affinity = AffinityRule.AS_ASKED;

  private Set<ServiceName> touched = new HashSet<>();
  private final Map<ServiceName, Service> planned = new HashMap<>();
  private final Claims claims = new Claims();
  private final Map<PortKey, PortPlan> ports = new HashMap<>();
  private final HealthChecks healthChecks = new HealthChecks();
  private int endpoints;

  /**
   * @param nodeName endpoints of this node count as local
   */
  public Planner(String nodeName, ServiceTable services, SliceTable slices) {
    this.selection = new Selection(nodeName, "");
    this.services = services;
    this.slices = slices;
    touched.addAll(services.names());
  }

  /** Says that something of a Service or of its endpoints may have changed. */
  public void touch(ServiceName service) {
    touched.add(service);
  }

  /** Says that something of several Services may have changed. */
  public void touch(Collection<ServiceName> changed) {
    touched.addAll(changed);
  }

  /** Sets the facts of the node. */
  public void facts(NodeFacts now) {
    if (!now.primaryAddresses().equals(facts.primaryAddresses())) {
      touch(service -> !service.external().sourceRanges().isEmpty());
    }
    facts = now;
  }

  /** Sets the zone that the node is in, empty when it is in none. */
  public void zone(String now) {
    if (!now.equals(selection.zone())) {
      selection = new Selection(selection.node(), now);
      touch(service -> true);
    }
  }

  /** Sets how long affinity lasts. */
  public void affinity(AffinityRule now) {
    if (!now.equals(affinity)) {
      affinity = now;
      touch(service -> !service.affinity().equals(Affinity.NONE));
    }
  }

  private void touch(Predicate<Service> which) {
    planned.forEach(
        (name, service) -> {
          if (which.test(service)) {
            touched.add(name);
          }
        });
  }

  /** Plans what was touched, and returns how the plan changed by that. */
  public PlanDelta take() {
    var affected = new LinkedHashSet<PortKey>();
    Set<ServiceName> names = touched;
    // A set that held all Services once is as slow to walk and to clear ever after.
    touched = new HashSet<>();
    for (ServiceName name : names) {
      claim(name, affected);
      checkHealth(name);
    }
    var changed = new ArrayList<PortPlan>();
    var removed = new ArrayList<PortKey>();
    for (PortKey key : affected) {
      PortPlan now = plan(key);
      PortPlan before = now == null ? ports.remove(key) : ports.put(key, now);
      endpoints += count(now) - count(before);
      if (now == null) {
        if (before != null) {
          removed.add(key);
        }
      } else if (!now.equals(before)) {
        changed.add(now);
      }
    }
    NodeFacts newFacts = facts.equals(plannedFacts) ? null : facts;
    plannedFacts = facts;
    return new PlanDelta(newFacts, List.copyOf(changed), List.copyOf(removed));
  }

  /** The whole plan as of the last {@link #take}. */
  public Plan plan() {
    return new Plan(plannedFacts, Map.copyOf(ports));
  }

  /** The plan of one port as of the last {@link #take}, null when there is none. */
  public @Nullable PortPlan port(PortKey key) {
    return ports.get(key);
  }

  /** The facts of the node as of the last {@link #take}. */
  public NodeFacts plannedFacts() {
    return plannedFacts;
  }

  /** Number of ports in the plan. */
  public int services() {
    return ports.size();
  }

  /** Number of endpoints in the plan; one that serves two ports counts twice. */
  public int endpoints() {
    return endpoints;
  }

  /** Ports that do not get a frontend that they ask for, and the ports that have it instead. */
  public SortedMap<PortKey, SortedSet<PortKey>> conflicts() {
    return claims.conflicts();
  }

  /** What load balancers may ask this node; of two Services with one port the first has it. */
  public List<HealthCheck> healthChecks() {
    return healthChecks.answered();
  }

  private void checkHealth(ServiceName name) {
    Service service = planned.get(name);
    int port = service == null ? 0 : service.external().healthCheckNodePort();
    healthChecks.put(
        name,
        service == null || port == 0
            ? List.of()
            : service.clusterIps().stream()
                .map(ip -> new HealthCheck(name, ip.family(), port, ready(name, ip.family())))
                .toList());
  }

  private int ready(ServiceName service, IpFamily family) {
    return slices.addresses(service, family, e -> e.ready() && selection.local(e)).size();
  }

  private void claim(ServiceName name, Set<PortKey> affected) {
    Service now = services.get(name);
    Service before = now == null ? planned.remove(name) : planned.put(name, now);
    if (before != null) {
      eachPort(before, (key, port) -> affected.add(key));
    }
    if (now != null) {
      eachPort(now, (key, port) -> affected.add(key));
    }
    if (now != null && now.equals(before)) {
      return;
    }
    if (before != null) {
      eachPort(
          before,
          (key, port) ->
              frontends(before, key, port).forEach(f -> claims.release(key, f, affected)));
    }
    if (now != null) {
      eachPort(
          now,
          (key, port) -> frontends(now, key, port).forEach(f -> claims.take(key, f, affected)));
    }
  }

  private @Nullable PortPlan plan(PortKey key) {
    Service service = planned.get(new ServiceName(key.namespace(), key.service()));
    ServicePort port = service == null ? null : port(service, key);
    if (service == null || port == null) {
      return null;
    }
    List<Frontend> frontends = frontends(service, key, port);
    frontends.removeIf(frontend -> !claims.holds(key, frontend));
    if (frontends.isEmpty()) {
      return null;
    }
    boolean outside = false;
    for (Frontend frontend : frontends) {
      outside |= !(frontend instanceof Frontend.ClusterIp);
    }
    boolean internalLocal = service.internalPolicy() == TrafficPolicy.LOCAL;
    boolean externalLocal = service.external().policy() == TrafficPolicy.LOCAL;
    Collection<Backend> backends =
        slices.backends(service.name(), key.port(), key.protocol(), key.family());
    return new PortPlan(
        key,
        List.copyOf(frontends),
        service.internalPolicy(),
        service.external().policy(),
        // With policy Local too, what the node and its Pods send is not bound by it.
        selection.of(
            backends, !internalLocal || outside, internalLocal || (externalLocal && outside)),
        sources(service, key.family()),
        affinity.seconds(service.affinity()),
        key.protocol() == Protocol.UDP ? selection.serving(backends) : List.of(),
        service.external().healthCheckNodePort());
  }

  /**
   * A range of length 0 admits everyone, and so does a list without a range of the family. Where
   * the node itself is admitted, its own packets may carry the load balancer's address as their
   * source, if that is an address of the node too.
   */
  private List<Cidr> sources(Service service, IpFamily family) {
    if (service.external().sourceRanges().isEmpty()) {
      return List.of();
    }
    var ranges = new TreeSet<Cidr>(Comparator.comparing(Cidr::toString));
    for (Cidr range : service.external().sourceRanges()) {
      if (range.base().family() == family) {
        ranges.add(range);
      }
    }
    if (ranges.stream().anyMatch(range -> range.prefix() == 0)) {
      return List.of();
    }
    if (facts.primaryAddresses().stream()
        .anyMatch(ip -> ranges.stream().anyMatch(r -> r.contains(ip)))) {
      service.external().loadBalancerIps().stream()
          .filter(ip -> ip.family() == family)
          .forEach(ip -> ranges.add(Cidr.of(ip)));
    }
    return List.copyOf(ranges);
  }

  private static void eachPort(Service service, BiConsumer<PortKey, ServicePort> action) {
    for (Ip ip : service.clusterIps()) {
      for (ServicePort port : service.ports()) {
        action.accept(key(service, port, ip.family()), port);
      }
    }
  }

  private static @Nullable ServicePort port(Service service, PortKey key) {
    if (!service.has(key.family())) {
      return null;
    }
    for (ServicePort port : service.ports()) {
      if (port.name().equals(key.port()) && port.protocol() == key.protocol()) {
        return port;
      }
    }
    return null;
  }

  private static List<Frontend> frontends(Service service, PortKey key, ServicePort port) {
    var frontends = new ArrayList<Frontend>(2);
    BiConsumer<List<Ip>, Function<Ip, Frontend>> add =
        (ips, kind) -> {
          for (Ip ip : ips) {
            Frontend frontend = kind.apply(ip);
            if (ip.family() == key.family() && !frontends.contains(frontend)) {
              frontends.add(frontend);
            }
          }
        };
    External external = service.external();
    add.accept(service.clusterIps(), ip -> new Frontend.ClusterIp(ip, port.port()));
    add.accept(external.loadBalancerIps(), ip -> new Frontend.LoadBalancerIp(ip, port.port()));
    add.accept(external.externalIps(), ip -> new Frontend.ExternalIp(ip, port.port()));
    if (port.nodePort() > 0) {
      frontends.add(new Frontend.NodePort(port.nodePort()));
    }
    return frontends;
  }

  private static PortKey key(Service service, ServicePort port, IpFamily family) {
    return new PortKey(
        service.name().namespace(), service.name().name(), port.name(), port.protocol(), family);
  }

  private static int count(@Nullable PortPlan plan) {
    return plan == null ? 0 : plan.reachable().size();
  }
}
