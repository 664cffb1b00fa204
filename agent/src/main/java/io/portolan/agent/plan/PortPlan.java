package io.portolan.agent.plan;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.TrafficPolicy;
import java.util.List;
import java.util.TreeSet;

/**
 * What this node does for one Service port of one family.
 *
 * @param frontends without duplicates; no two PortPlans of a Plan share one (of the same protocol
 *     and address)
 * @param internal policy for what is sent to a ClusterIP
 * @param external policy for what is sent to any other frontend
 * @param pools the endpoints for each policy
 * @param sources who may use the {@link Frontend.LoadBalancerIp}s, of this family; empty: everyone
 * @param affinitySeconds how long a client keeps its endpoint after its last connection; 0: no
 *     affinity
 * @param serving every endpoint of the Service port that still answers, usable from here or not,
 *     sorted: flows to another one are dead. Known for UDP alone, where nothing else ends a flow;
 *     empty for other protocols
 * @param healthCheckPort where load balancers ask this node for local endpoints of the Service; 0:
 *     nowhere
 */
public record PortPlan(
    PortKey key,
    List<Frontend> frontends,
    TrafficPolicy internal,
    TrafficPolicy external,
    Pools pools,
    List<Cidr> sources,
    int affinitySeconds,
    List<Endpoint> serving,
    int healthCheckPort) {

  /** The policy for packets to a frontend that come from outside. */
  public TrafficPolicy policy(Frontend frontend) {
    return frontend instanceof Frontend.ClusterIp ? internal : external;
  }

  /**
   * Whether packets to a frontend are treated by where they come from: traffic of the node and of
   * its Pods does not leave it to come back from outside, so policy Local does not hold for it.
   */
  public boolean shortCircuits(Frontend frontend) {
    return !(frontend instanceof Frontend.ClusterIp) && external == TrafficPolicy.LOCAL;
  }

  /**
   * Whether {@link #sources} are asked; without any endpoint in the cluster everyone is refused.
   */
  public boolean guarded() {
    return !sources.isEmpty() && pools.anywhere();
  }

  /** Where a new connection to a frontend goes that comes from outside. */
  public Target target(Frontend frontend) {
    return target(policy(frontend));
  }

  /** Where a new connection goes under a policy. */
  public Target target(TrafficPolicy policy) {
    List<Endpoint> endpoints = policy == TrafficPolicy.CLUSTER ? pools.cluster() : pools.local();
    if (!endpoints.isEmpty()) {
      return new Target.OneOf(endpoints);
    }
    return pools.anywhere() ? Target.NOWHERE_HERE : Target.NOWHERE;
  }

  /** Every endpoint that some packet may be sent to from here, each once, sorted. */
  public List<Endpoint> reachable() {
    if (pools.local().isEmpty() || pools.cluster().containsAll(pools.local())) {
      return pools.cluster().isEmpty() ? pools.local() : pools.cluster();
    }
    var all = new TreeSet<>(pools.cluster());
    all.addAll(pools.local());
    return List.copyOf(all);
  }
}
