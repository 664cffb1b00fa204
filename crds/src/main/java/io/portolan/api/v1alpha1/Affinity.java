package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** Client IP affinity of Services that ask for it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Affinity(
    @JsonPropertyDescription(
            "In place of the API server's default of 10800 s; a Service with a value of its own keeps it; default 3h")
        @Nullable String timeout,
    @JsonPropertyDescription("No Service gets a longer affinity; default 24h")
        @Nullable String maxTimeout) {}
