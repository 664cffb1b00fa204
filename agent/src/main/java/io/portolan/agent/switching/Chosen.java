package io.portolan.agent.switching;

import io.portolan.agent.dataplane.Variant;

/**
 * What serves, or shall.
 *
 * @param reason why this one, where the wish leaves it open; else empty
 */
public record Chosen(Variant variant, String reason) {}
