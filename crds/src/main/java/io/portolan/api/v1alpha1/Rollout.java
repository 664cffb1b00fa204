package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.IntOrString;
import org.jspecify.annotations.Nullable;

/** How a change reaches the nodes. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Rollout(
    @JsonPropertyDescription("No further node changes while true; default false")
        @Nullable Boolean paused,
    @JsonPropertyDescription(
            "Nodes that may be unavailable because of a change, a number or a percentage, at least 1; default 10%")
        @Nullable IntOrString maxUnavailable,
    @JsonPropertyDescription(
            "A node that has not taken its revision after this time counts as failed; default 5m")
        @Nullable String nodeTimeout) {}
