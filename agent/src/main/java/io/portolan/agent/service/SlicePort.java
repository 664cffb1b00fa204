package io.portolan.agent.service;

/**
 * One port that every endpoint of a slice has.
 *
 * @param name the name of the Service port that it belongs to, may be empty
 * @param port 1 to 65535
 */
public record SlicePort(String name, Protocol protocol, int port) {}
