package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** When the agent writes to the kernel and compares with it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Sync(
    @JsonPropertyDescription(
            """
            Least time between two writes to the kernel: more of it bundles more changes, and \
            lets Services wait longer. A duration from 0s to 10m. Default: 0s, at once.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(
            value = Cel.DURATION + Cel.AT_LEAST + "0s" + Cel.AT_MOST + "10m" + Cel.END,
            message = "must be a duration from 0s to 10m, such as 0s or 250ms")
        @Nullable String minInterval,
    @JsonPropertyDescription(
            """
            Time between two comparisons of the whole kernel state with the plan, which find and \
            repair what something else changed. A duration from 10s to 24h. Default: 5m.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(
            value = Cel.DURATION + Cel.AT_LEAST + "10s" + Cel.AT_MOST + "24h" + Cel.END,
            message = "must be a duration from 10s to 24h, such as 30s or 5m")
        @Nullable String auditInterval) {}
