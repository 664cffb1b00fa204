package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator last saw and did. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProxyConfigStatus(
    @JsonPropertyDescription("The metadata.generation of the spec that this status answers.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Name of the last revision that every node took.") @Size(max = 253)
        @Nullable String currentRevision,
    @JsonPropertyDescription("Name of the revision that nodes move to.") @Size(max = 253)
        @Nullable String updateRevision,
    @JsonPropertyDescription("Numbers of nodes.") @Nullable NodeCounts nodes,
    @JsonPropertyDescription("Where the rollout stands.") @Nullable RolloutStatus rollout,
    @JsonPropertyDescription(
            "Nodes that did not take their revision in time; at most 10 names, nodes.failed has the"
                + " number.")
        @Size(max = 10)
        @Nullable List<@Size(max = 253) String> failedNodes,
    @JsonPropertyDescription(
            """
            Ready: every matched node is ready at the update revision. While true only: \
            Reconciling, a change is on its way; Stalled, it cannot go on; Paused, rollout.paused \
            holds it; Conflict, another ProxyConfig rules some of the selected nodes.""")
        @Size(max = 16)
        @Nullable List<Condition> conditions) {}
