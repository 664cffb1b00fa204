package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One wave: exactly one of its fields. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "[has(self.percent), has(self.nodes), has(self.zones)].filter(f, f).size() == 1",
    message = "a wave has exactly one of percent, nodes and zones")
public record RolloutWave(
    @JsonPropertyDescription(
            """
            Until this share of the matched nodes has the change, those of earlier waves included; \
            from 1 to 100, rounded down, but at least one node.""")
        @Min(1)
        @Max(100)
        @Nullable Integer percent,
    @JsonPropertyDescription(
            """
            Until so many of the matched nodes have the change, those of earlier waves included; \
            from 1 to 1000000.""")
        @Min(1)
        @Max(1_000_000)
        @Nullable Integer nodes,
    @JsonPropertyDescription(
            """
            Until every matched node of these zones has the change: values of the label \
            topology.kubernetes.io/zone, from 1 to 32.""")
        @Size(min = 1, max = 32)
        @Nullable List<@Size(min = 1, max = 63) String> zones) {}
