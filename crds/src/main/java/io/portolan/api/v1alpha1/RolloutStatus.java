package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the rollout stands, and what the next operator needs to go on with it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutStatus(
    @JsonPropertyDescription(
            """
            Idle: no node is matched. Progressing: nodes move, or are awaited. Soaking: the nodes \
            of the wave are well and must stay so. AwaitingPromotion: the annotation \
            portolan.io/promote is missing. WaitingForWindow: rollout.windows are closed. Blocked: \
            no node can move until someone acts. Paused, DryRun: rollout.paused or rollout.dryRun \
            holds the change. Complete: every reachable node runs the update revision. \
            RollingBack, RolledBack: the revision failed, nodes get or have the last good one \
            again. Failed: nodes failed and nothing moves.""")
        @Size(max = 32)
        @Nullable String phase,
    @JsonPropertyDescription("What the rollout does or waits for now, in a sentence.")
        @Size(max = 4096)
        @Nullable String message,
    @JsonPropertyDescription(
            "When the update revision was first asked for, or last retried, in RFC 3339. Absent"
                + " once it is the current one.")
        @Nullable String began,
    @JsonPropertyDescription("The open wave; 0 is the canary. Absent when none is open.") @Min(0)
        @Nullable Integer wave,
    @JsonPropertyDescription("Number of waves, the canary included.") @Min(0)
        @Nullable Integer waves,
    @JsonPropertyDescription(
            "Since when all nodes of the open wave are well, in RFC 3339. Absent: they are not.")
        @Nullable String soakSince,
    @JsonPropertyDescription("Nodes that were given a revision last; at most 25 names.")
        @Size(max = 25)
        @Nullable List<@Size(max = 253) String> moving,
    @JsonPropertyDescription("The revision that they were given.") @Size(max = 253)
        @Nullable String movingTo,
    @JsonPropertyDescription(
            """
            Why the update revision failed. It is not tried again until the spec asks for another \
            one, or the annotation portolan.io/retry changes.""")
        @Nullable RolloutFailure failure,
    @JsonPropertyDescription(
            "Revisions that nodes may still have from rollouts that were given up; at most 10.")
        @Size(max = 10)
        @Nullable List<@Size(max = 253) String> unproven,
    @JsonPropertyDescription(
            """
            NotMeasured: no agent can probe, so a wave is judged by what its agents say of \
            the kernel, their Pods, restarts and drift. Measured: their probes count too.""")
        @Size(max = 32)
        @Nullable String probes,
    @JsonPropertyDescription("What the change would do, while rollout.dryRun is true.")
        @Nullable RolloutPreview preview) {}
