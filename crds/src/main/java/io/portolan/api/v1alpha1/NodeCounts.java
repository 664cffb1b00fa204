package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;

/**
 * Numbers of nodes.
 *
 * @param matched owned by the ProxyConfig
 * @param updated run the update revision
 * @param ready report Ready at the revision they were given
 * @param unavailable matched, but not ready
 * @param failed could not take their revision in time
 * @param conflicting selected, but owned by another ProxyConfig
 */
public record NodeCounts(
    @JsonPropertyDescription(
            "Nodes that this ProxyConfig rules: selected by it, and by no ProxyConfig that goes"
                + " first.")
        @Min(0)
        int matched,
    @JsonPropertyDescription("Matched nodes that run the update revision.") @Min(0) int updated,
    @JsonPropertyDescription("Matched nodes that report Ready at the revision they were given.")
        @Min(0)
        int ready,
    @JsonPropertyDescription("Matched nodes that are not ready.") @Min(0) int unavailable,
    @JsonPropertyDescription(
            "Matched nodes that have not taken their revision within rollout.nodeTimeout.")
        @Min(0)
        int failed,
    @JsonPropertyDescription(
            "Nodes that this ProxyConfig selects, but another one rules: it has the higher"
                + " priority, or is older.")
        @Min(0)
        int conflicting) {}
