package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import org.jspecify.annotations.Nullable;

/** What the user asks for. Absent fields have the defaults that {@link Settings} documents. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProxyConfigSpec(
    @JsonPropertyDescription(
            "Which nodes this ProxyConfig rules. Default, and with an empty selector: every node.")
        @Nullable NodeSelector nodeSelector,
    @JsonPropertyDescription(
            """
            Of two ProxyConfigs that select one node the one with the higher priority rules it, \
            then the older one, then the first by name; the other says so in its condition \
            Conflict. From -1000000 to 1000000. Default: 0.""")
        @Min(-1_000_000)
        @Max(1_000_000)
        @Nullable Integer priority,
    @JsonPropertyDescription(
            """
            How the kernel is programmed. nftables: by nf_tables, needs Linux 5.13 or later. \
            iptables: by the programs iptables and ipset. auto: the best that each node can do. \
            Default: nftables.""")
        @Default("nftables")
        @Nullable Mode mode,
    @JsonPropertyDescription("Client IP affinity of Services that ask for it.")
        @Nullable Affinity affinity,
    @JsonPropertyDescription(
            """
            CPU and memory of the agent container. A change moves the agent Pods node by node \
            within rollout.maxUnavailable. An amount that is not given has the operator's default.""")
        @Nullable ResourceRequirements resources,
    @JsonPropertyDescription("How traffic is told apart and translated.") @Nullable Traffic traffic,
    @JsonPropertyDescription(
            "Connection tracking of the node. Default: the kernel's values are left alone.")
        @Nullable Conntrack conntrack,
    @JsonPropertyDescription("When the agent writes to the kernel and compares with it.")
        @Nullable Sync sync,
    @JsonPropertyDescription("The agent Pods.") @Nullable AgentPod agent,
    @JsonPropertyDescription("How a change reaches the nodes.") @Nullable Rollout rollout,
    @JsonPropertyDescription("Settings of mode iptables.") @Nullable Iptables iptables,
    @JsonPropertyDescription(
            """
            Whether nodes are taken over from the service proxy that runs on them. Default: a node \
            that another proxy serves is left alone, and says so.""")
        @Nullable Takeover takeover) {}
