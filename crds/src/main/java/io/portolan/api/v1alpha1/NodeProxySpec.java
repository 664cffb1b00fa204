package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** What this node must run. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeProxySpec(
    @JsonPropertyDescription("Name of the revision") String revision,
    @JsonPropertyDescription("Active: serve; Removed: take everything of ours out of the kernel")
        NodeState state,
    @JsonPropertyDescription("Settings of the revision, defaults filled in") Settings settings) {}
