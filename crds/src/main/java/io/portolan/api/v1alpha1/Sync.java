package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** When the agent writes to the kernel and compares with it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Sync(
    @JsonPropertyDescription("Least time between two writes; default 0s")
        @Nullable String minInterval,
    @JsonPropertyDescription("Time between two comparisons of the kernel with the plan; default 5m")
        @Nullable String auditInterval) {}
