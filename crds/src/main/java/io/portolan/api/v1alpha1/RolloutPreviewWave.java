package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One wave of a change that is only tried dry. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutPreviewWave(
    @JsonPropertyDescription("Which wave it is.") @Size(max = 4096) @Nullable String wave,
    @JsonPropertyDescription("How many nodes it would move.") @Min(0) @Nullable Integer nodes,
    @JsonPropertyDescription("The first of them; at most 10 names.") @Size(max = 10)
        @Nullable List<@Size(max = 253) String> names) {}
