package io.portolan.agent.service;

import java.util.List;

/**
 * What this node needs to know of a Service. Headless and ExternalName Services have no such
 * record.
 *
 * @param clusterIps at most one for each family, at least one
 * @param internalPolicy for what is sent to a ClusterIP
 * @param affinity whether and how long a client keeps its endpoint
 */
public record Service(
    ServiceName name,
    List<Ip> clusterIps,
    List<ServicePort> ports,
    TrafficPolicy internalPolicy,
    External external,
    Affinity affinity) {

  /** Whether it has a ClusterIP of the family; without one no frontend of that family is served. */
  public boolean has(IpFamily family) {
    for (Ip ip : clusterIps) {
      if (ip.family() == family) {
        return true;
      }
    }
    return false;
  }
}
