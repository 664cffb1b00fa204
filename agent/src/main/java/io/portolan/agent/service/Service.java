package io.portolan.agent.service;

import java.util.List;

/**
 * What this node needs to know of a Service. Headless and ExternalName Services have no such
 * record.
 *
 * @param clusterIps at most one for each family, at least one
 * @param affinitySeconds how long a client keeps its endpoint, as the Service says; 0: no affinity
 */
public record Service(
    ServiceName name, List<Ip> clusterIps, List<ServicePort> ports, int affinitySeconds) {

  /**
   * What the API server fills in where a Service asks for affinity without a timeout ({@code
   * DefaultClientIPServiceAffinitySeconds}); it cannot be told from the same value set by a user.
   */
  public static final int API_DEFAULT_AFFINITY_SECONDS = 10800;
}
