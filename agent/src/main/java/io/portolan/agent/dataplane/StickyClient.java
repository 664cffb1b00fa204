package io.portolan.agent.dataplane;

import io.portolan.agent.plan.PortKey;
import io.portolan.agent.service.Ip;
import java.time.Duration;

/**
 * A client that affinity keeps at an endpoint, free of any mode.
 *
 * @param client of the port's family
 * @param ip address of the endpoint
 * @param port of the endpoint
 * @param left how long the kernel will remember it without another connection; more than zero
 */
public record StickyClient(PortKey service, Ip client, Ip ip, int port, Duration left) {}
