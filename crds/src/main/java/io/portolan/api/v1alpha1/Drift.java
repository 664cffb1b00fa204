package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** Differences between plan and kernel that the audits found, in entries. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Drift(
    @JsonPropertyDescription("Entries of the plan that the kernel did not hold.")
        @Nullable Long missing,
    @JsonPropertyDescription(
            "Entries of the agent in the kernel that the plan does not have, or has with another"
                + " value.")
        @Nullable Long stale,
    @JsonPropertyDescription("Entries or objects in the agent's tables that the agent never wrote.")
        @Nullable Long foreign,
    @JsonPropertyDescription("Entries that the agent repaired after it found them different.")
        @Nullable Long repaired,
    @JsonPropertyDescription(
            "When an audit last found a difference, in RFC 3339. Absent: it never did.")
        @Nullable String lastFound) {}
