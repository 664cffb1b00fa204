package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What this node runs. Written by its agent alone. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeProxyStatus(
    @JsonPropertyDescription("The metadata.generation of the spec that this status answers.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Name of the revision that the kernel holds.") @Size(max = 253)
        @Nullable String revision,
    @JsonPropertyDescription("The mode that serves now; with spec mode auto, the one chosen.")
        @Nullable Mode mode,
    @JsonPropertyDescription("Service ports in the kernel, counted once for each IP family.")
        @Min(0)
        @Nullable Integer services,
    @JsonPropertyDescription(
            "Endpoints in the kernel, counted once for each Service port that they serve.")
        @Min(0)
        @Nullable Integer endpoints,
    @JsonPropertyDescription(
            """
            When the kernel was last changed, or found equal to the plan after a change, in RFC \
            3339.""")
        @Nullable String lastSync,
    @JsonPropertyDescription(
            "What the audits found different in the kernel, counted since the agent started.")
        @Nullable Drift drift,
    @JsonPropertyDescription(
            """
            What the kernel has of connection tracking, read after the settings were applied and \
            at each audit.""")
        @Nullable ConntrackStatus conntrack,
    @JsonPropertyDescription(
            """
            Connections that the agent makes through the address of the probe Service all the \
            time. Written when they begin to fail, when they no longer do, and once at each \
            revision.""")
        @Nullable NodeProbes probes,
    @JsonPropertyDescription("What runs on the node.") @Nullable Versions versions,
    @JsonPropertyDescription(
            """
            Ready: True while the kernel holds the plan by the settings of spec.revision; else \
            reason and message say what is in the way.""")
        @Size(max = 16)
        @Nullable List<Condition> conditions,
    @JsonPropertyDescription(
            "Of a mode with several backends the one that serves now: legacy or nft.")
        @Nullable IptablesBackend backend,
    @JsonPropertyDescription("Why this mode and this backend, where the spec leaves it open.")
        @Size(max = 1024)
        @Nullable String modeReason,
    @JsonPropertyDescription("How far the takeover from another service proxy is.")
        @Nullable TakeoverStatus takeover,
    @JsonPropertyDescription("Other programs that serve Services on the node, or have left rules.")
        @Size(max = 8)
        @Nullable List<OtherProxy> otherProxies) {}
