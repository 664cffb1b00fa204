package io.portolan.agent.plan;

import java.util.List;

/**
 * What becomes of a packet, and why.
 *
 * @param steps for people: each thing that was looked at, in order, and what was found
 */
public record Trace(Fate fate, List<String> steps) {}
