package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** How bad the agents' probes may be on a node that has the change. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutProbes(
    @JsonPropertyDescription(
            """
            Share of failed connections, in percent, that a node may have; or as many as it had \
            before the change, if that is more. From 0 to 100; 100 lets every failure pass. \
            Default: 1.""")
        @Min(0)
        @Max(100)
        @Nullable Integer maxFailedPercent,
    @JsonPropertyDescription(
            """
            How much longer than before the change the median connection may take. A duration \
            from 1ms to 1m. Default: 100ms.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(
            value = Cel.DURATION + Cel.AT_LEAST + "1ms" + Cel.AT_MOST + "1m" + Cel.END,
            message = "must be a duration from 1ms to 1m, such as 100ms")
        @Nullable String maxLatencyIncrease) {}
