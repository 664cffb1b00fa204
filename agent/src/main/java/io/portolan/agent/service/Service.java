package io.portolan.agent.service;

import java.util.List;

/**
 * What this node needs to know of a Service. Headless and ExternalName Services have no such
 * record.
 *
 * @param clusterIps at most one for each family, at least one
 * @param internalPolicy for what is sent to a ClusterIP
 * @param affinitySeconds how long a client keeps its endpoint, as the Service says; 0: no affinity
 */
public record Service(
    ServiceName name,
    List<Ip> clusterIps,
    List<ServicePort> ports,
    TrafficPolicy internalPolicy,
    External external,
    int affinitySeconds) {

  /**
   * What the API server fills in where a Service asks for affinity without a timeout ({@code
   * DefaultClientIPServiceAffinitySeconds}); it cannot be told from the same value set by a user.
   */
  public static final int API_DEFAULT_AFFINITY_SECONDS = 10800;

  /** Whether it has a ClusterIP of the family; without one no frontend of that family is served. */
  public boolean has(IpFamily family) {
    return clusterIps.stream().anyMatch(ip -> ip.family() == family);
  }
}
