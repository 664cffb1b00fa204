package io.portolan.agent.service;

/**
 * One port of a Service.
 *
 * @param name empty when the Service gives it none
 * @param port 1 to 65535
 * @param nodePort 1 to 65535, or 0 for none
 */
public record ServicePort(String name, Protocol protocol, int port, int nodePort) {}
