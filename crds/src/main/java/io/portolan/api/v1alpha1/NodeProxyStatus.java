package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What this node runs. Written by its agent alone. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeProxyStatus(
    @Nullable Long observedGeneration,
    @JsonPropertyDescription("Revision that the kernel holds") @Nullable String revision,
    @Nullable Mode mode,
    @JsonPropertyDescription("Service ports in the kernel, counted once for each IP family")
        @Nullable Integer services,
    @Nullable Integer endpoints,
    @JsonPropertyDescription(
            "When the kernel was last changed or found equal to the plan after a change")
        @Nullable String lastSync,
    @Nullable Drift drift,
    @Nullable Versions versions,
    @Nullable List<Condition> conditions) {}
