package io.portolan.agent.plan;

import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.ServiceName;

/**
 * What a load balancer learns that asks this node for endpoints of a Service with external policy
 * Local.
 *
 * @param family of the addresses on which it asks
 * @param port 1 to 65535
 * @param localEndpoints ready endpoints of the family on this node
 */
public record HealthCheck(ServiceName service, IpFamily family, int port, int localEndpoints) {}
