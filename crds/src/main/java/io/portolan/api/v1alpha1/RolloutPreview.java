package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a change would do. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutPreview(
    @JsonPropertyDescription("Name of the revision.") @Size(max = 253) @Nullable String revision,
    @JsonPropertyDescription("The waves that would move nodes, the canary first.") @Size(max = 22)
        @Nullable List<RolloutPreviewWave> waves,
    @JsonPropertyDescription("The sum of the soaks, in minutes, rounded up.") @Min(0)
        @Nullable Integer leastMinutes,
    @JsonPropertyDescription(
            "What differs from the last good revision, as \"path: old -> new\"; at most 20.")
        @Size(max = 20)
        @Nullable List<@Size(max = 1024) String> differences) {}
