package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** How far a node's takeover is. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TakeoverStatus(
    @JsonPropertyDescription("Whose work is taken over.") @Required TakeoverFrom from,
    @JsonPropertyDescription(
            """
            Preparing: the other proxy serves. Beside: both serve, and the other one has to leave \
            the node. Done: Portolan alone serves. GivingBack: Portolan serves until the other one \
            does. GivenBack: the other one serves, nothing of Portolan is in the kernel.""")
        @Required
        TakeoverPhase phase,
    @JsonPropertyDescription("What is waited for.") @Size(max = 1024) @Nullable String message) {}
