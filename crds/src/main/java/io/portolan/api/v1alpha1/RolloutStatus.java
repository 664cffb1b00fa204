package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** Where the rollout stands. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutStatus(
    @JsonPropertyDescription(
            """
            Idle: no node is matched. Progressing: nodes move to the update revision. Paused: \
            rollout.paused holds them. Complete: every matched node runs it. Failed: some node \
            did not take it in time.""")
        @Size(max = 32)
        @Nullable String phase,
    @JsonPropertyDescription("What the rollout does or waits for now, in a sentence.")
        @Size(max = 4096)
        @Nullable String message) {}
