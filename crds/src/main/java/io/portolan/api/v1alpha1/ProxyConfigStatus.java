package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator last saw and did. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProxyConfigStatus(
    @Nullable Long observedGeneration,
    @JsonPropertyDescription("The last revision that every node took")
        @Nullable String currentRevision,
    @JsonPropertyDescription("The revision that nodes move to") @Nullable String updateRevision,
    @Nullable NodeCounts nodes,
    @Nullable RolloutStatus rollout,
    @JsonPropertyDescription("At most 10 names") @Nullable List<String> failedNodes,
    @Nullable List<Condition> conditions) {}
