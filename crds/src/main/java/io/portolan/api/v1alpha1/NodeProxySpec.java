package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** What this node must run. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeProxySpec(
    @JsonPropertyDescription("Name of the ControllerRevision whose settings these are.")
        @Required
        @Size(min = 1, max = 253)
        String revision,
    @JsonPropertyDescription(
            """
            Active: serve by the settings. Removed: take everything of Portolan out of the \
            kernel, then report Ready=False with reason Removed.""")
        @Required
        NodeState state,
    @JsonPropertyDescription(
            "The settings of the revision, defaults filled in; applied without a restart.")
        @Required
        Settings settings) {}
