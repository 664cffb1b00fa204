package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** Why a revision failed. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutFailure(
    @JsonPropertyDescription("Name of the revision.") @Size(max = 253) @Nullable String revision,
    @JsonPropertyDescription(
            """
            NodeNotReady: a node did not take it in rollout.nodeTimeout. AgentFailed: an agent \
            crash-loops. NodesLost: more than half of the nodes that have it are not Ready. \
            ProbesFailed: connections through Services failed.""")
        @Size(max = 64)
        @Nullable String reason,
    @JsonPropertyDescription("The first node that failed.") @Size(max = 253) @Nullable String node,
    @JsonPropertyDescription("What that node says.") @Size(max = 4096) @Nullable String message,
    @JsonPropertyDescription("When that was seen, in RFC 3339.") @Nullable String time,
    @JsonPropertyDescription("The annotation portolan.io/retry at that time.") @Size(max = 256)
        @Nullable String retry) {}
