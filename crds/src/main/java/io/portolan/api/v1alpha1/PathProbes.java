package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** Probes of one path and one IP family. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PathProbes(
    @JsonPropertyDescription(
            "Pod: packets that enter by an interface, as a Pod's. Node: those of a process of the"
                + " node.")
        @Nullable ProbePath path,
    @JsonPropertyDescription("Whether over IPv6.") @Nullable Boolean ipv6,
    @JsonPropertyDescription("The latest connections at this revision, at most 120.") @Min(0)
        @Nullable Integer sent,
    @JsonPropertyDescription("Those of them that got no answer.") @Min(0) @Nullable Integer failed,
    @JsonPropertyDescription(
            "Median time until the answered ones were answered, in microseconds. Absent: none was.")
        @Min(0)
        @Nullable Integer latencyMicros,
    @JsonPropertyDescription("The latest connections before this revision, at most 120.") @Min(0)
        @Nullable Integer sentBefore,
    @JsonPropertyDescription("Those of them that got no answer.") @Min(0)
        @Nullable Integer failedBefore,
    @JsonPropertyDescription(
            "Median time until they were answered, in microseconds. Absent: none was.")
        @Min(0)
        @Nullable Integer latencyMicrosBefore) {}
