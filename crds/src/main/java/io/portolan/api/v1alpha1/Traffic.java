package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How traffic is told apart and translated. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Traffic(
    @Nullable DetectLocal detectLocal,
    @JsonPropertyDescription("Masquerade everything that is sent to a ClusterIP; default false")
        @Nullable Boolean masqueradeAll,
    @JsonPropertyDescription(
            "Node addresses on which NodePorts answer: CIDRs or the word primary; default [primary]")
        @Nullable List<String> nodePortAddresses) {}
