package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the agent found when it connected through the address of the probe Service. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeProbes(
    @JsonPropertyDescription("The revision that the kernel held meanwhile.") @Size(max = 253)
        @Nullable String revision,
    @JsonPropertyDescription(
            """
            The paths that are measured, one for each path and IP family. Absent until each of \
            them has 10 connections at this revision.""")
        @Size(max = 4)
        @Nullable List<PathProbes> paths,
    @JsonPropertyDescription(
            "While paths is absent: what was found before this revision, where that is known.")
        @Size(max = 4)
        @Nullable List<PathProbes> before,
    @JsonPropertyDescription(
            """
            Why a path cannot be measured here, such as that no other node has an endpoint. Paths \
            that are not measured speak neither for nor against a revision.""")
        @Size(max = 1024)
        @Nullable String unmeasured,
    @JsonPropertyDescription(
            "When a connection last got no answer, in RFC 3339. Absent: not at this revision.")
        @Nullable String lastFailed) {}
