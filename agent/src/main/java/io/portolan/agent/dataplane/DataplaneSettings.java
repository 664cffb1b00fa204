package io.portolan.agent.dataplane;

/**
 * Settings that a mode is opened with.
 *
 * @param markBit mode iptables: the bit of the packet mark that is ours, as a mask
 */
public record DataplaneSettings(int markBit) {}
