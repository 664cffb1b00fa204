package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import org.jspecify.annotations.Nullable;

/** What the user asks for. Absent fields have the defaults that {@link Settings} documents. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProxyConfigSpec(
    @JsonPropertyDescription("Which nodes; absent or empty: every node")
        @Nullable NodeSelector nodeSelector,
    @JsonPropertyDescription(
            "Of two ProxyConfigs that select one node the higher priority wins; default 0")
        @Nullable Integer priority,
    @JsonPropertyDescription("How the kernel is programmed; default nftables") @Nullable Mode mode,
    @Nullable Affinity affinity,
    @JsonPropertyDescription("Resources of the agent pods")
        @Nullable ResourceRequirements resources,
    @Nullable Traffic traffic,
    @Nullable Conntrack conntrack,
    @Nullable Sync sync,
    @Nullable AgentPod agent,
    @Nullable Rollout rollout) {}
