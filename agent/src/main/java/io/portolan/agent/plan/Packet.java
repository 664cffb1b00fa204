package io.portolan.agent.plan;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;

/**
 * The first packet of a new connection.
 *
 * @param from source address
 * @param to destination address, of the same family
 * @param port destination port, 1 to 65535
 * @param through name of the interface by which it reaches the node; empty when the node sends it
 *     itself, or when that is not known
 */
public record Packet(Ip from, Ip to, Protocol protocol, int port, String through) {}
