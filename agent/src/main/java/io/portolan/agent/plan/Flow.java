package io.portolan.agent.plan;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;

/**
 * A connection that the kernel tracks.
 *
 * @param to destination as the client sent it
 * @param toPort 1 to 65535
 * @param from where answers come from: the endpoint, if the proxy chose one
 * @param fromPort 1 to 65535
 */
public record Flow(Protocol protocol, Ip to, int toPort, Ip from, int fromPort) {}
