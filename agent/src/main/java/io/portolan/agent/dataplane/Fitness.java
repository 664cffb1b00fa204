package io.portolan.agent.dataplane;

/**
 * Whether a node can do a mode.
 *
 * @param words for people: what was found, or what is lacking and how to get it
 */
public record Fitness(boolean fits, String words) {}
