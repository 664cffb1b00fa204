package io.portolan.agent.service;

import java.util.List;

/**
 * How a Service is reached from outside of the cluster, NodePorts apart.
 *
 * @param policy for everything that is not sent to a ClusterIP
 * @param externalIps both families, as the Service lists them
 * @param loadBalancerIps those that packets carry when they reach a node ({@code ipMode: VIP}),
 *     both families
 * @param sourceRanges who may use the {@code loadBalancerIps}, both families; empty: everyone
 * @param healthCheckNodePort where a load balancer asks for local endpoints; 0: nowhere
 */
public record External(
    TrafficPolicy policy,
    List<Ip> externalIps,
    List<Ip> loadBalancerIps,
    List<Cidr> sourceRanges,
    int healthCheckNodePort) {
  /** Nothing of that kind. */
  public static final External NONE =
      new External(TrafficPolicy.CLUSTER, List.of(), List.of(), List.of(), 0);
}
