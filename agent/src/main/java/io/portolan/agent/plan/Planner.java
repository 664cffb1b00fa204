package io.portolan.agent.plan;

import io.portolan.agent.service.Backend;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.ServiceTable;
import io.portolan.agent.service.SliceTable;
import java.util.ArrayList;
import java.util.Collection;
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
import org.jspecify.annotations.Nullable;

/**
 * Turns Services and EndpointSlices into the plan of this node, and keeps it current at the cost of
 * what changed. Not thread-safe.
 *
 * <p>Whoever changes the tables names the Services that are touched; {@link #take} plans those
 * again and returns the way from the plan before to the plan now. Endpoints of a port: the ready
 * ones; without any, those that end but still answer (KEP-1669).
 */
public final class Planner {
  private final String nodeName;
  private final ServiceTable services;
  private final SliceTable slices;

  private NodeFacts facts = NodeFacts.NONE;
  private NodeFacts plannedFacts = NodeFacts.NONE;
  private AffinityRule affinity = AffinityRule.AS_ASKED;

  private final Set<ServiceName> touched = new HashSet<>();
  private final Map<ServiceName, Service> planned = new HashMap<>();
  private final Claims claims = new Claims();
  private final Map<PortKey, PortPlan> ports = new HashMap<>();
  private int endpoints;

  /**
   * @param nodeName endpoints of this node count as local
   */
  public Planner(String nodeName, ServiceTable services, SliceTable slices) {
    this.nodeName = nodeName;
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
    facts = now;
  }

  /** Sets how long affinity lasts. */
  public void affinity(AffinityRule now) {
    if (!now.equals(affinity)) {
      affinity = now;
      planned.forEach(
          (name, service) -> {
            if (service.affinitySeconds() > 0) {
              touched.add(name);
            }
          });
    }
  }

  /** Plans what was touched, and returns how the plan changed by that. */
  public PlanDelta take() {
    var affected = new LinkedHashSet<PortKey>();
    for (ServiceName name : touched) {
      claim(name, affected);
    }
    touched.clear();
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
    List<Frontend> frontends =
        frontends(service, key, port).stream().filter(f -> claims.holds(key, f)).toList();
    return frontends.isEmpty()
        ? null
        : new PortPlan(
            key, frontends, endpoints(service, key), affinity.seconds(service.affinitySeconds()));
  }

  private List<Endpoint> endpoints(Service service, PortKey key) {
    Collection<Backend> backends =
        slices.backends(service.name(), key.port(), key.protocol(), key.family());
    boolean anyReady = backends.stream().anyMatch(b -> b.endpoint().ready());
    var chosen = new TreeSet<Endpoint>();
    for (Backend b : backends) {
      if (anyReady ? b.endpoint().ready() : b.endpoint().draining()) {
        chosen.add(new Endpoint(b.endpoint().ip(), b.port(), b.endpoint().node().equals(nodeName)));
      }
    }
    return List.copyOf(chosen);
  }

  private static void eachPort(Service service, BiConsumer<PortKey, ServicePort> action) {
    for (Ip ip : service.clusterIps()) {
      for (ServicePort port : service.ports()) {
        action.accept(key(service, port, ip.family()), port);
      }
    }
  }

  private static @Nullable ServicePort port(Service service, PortKey key) {
    if (service.clusterIps().stream().noneMatch(ip -> ip.family() == key.family())) {
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
    for (Ip ip : service.clusterIps()) {
      if (ip.family() == key.family()) {
        frontends.add(new Frontend.ClusterIp(ip, port.port()));
      }
    }
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
    return plan == null ? 0 : plan.endpoints().size();
  }
}
