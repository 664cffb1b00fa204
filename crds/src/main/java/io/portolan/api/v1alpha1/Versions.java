package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** What runs on the node. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Versions(
    @JsonPropertyDescription("Version of the agent.") @Size(max = 128) @Nullable String agent,
    @JsonPropertyDescription("Release of the Linux kernel.") @Size(max = 128)
        @Nullable String kernel) {}
