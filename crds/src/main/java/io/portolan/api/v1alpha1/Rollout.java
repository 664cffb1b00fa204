package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import org.jspecify.annotations.Nullable;

/** How a change reaches the nodes. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Rollout(
    @JsonPropertyDescription(
            "While true, no further node gets the change; nodes that have it keep it. Default:"
                + " false.")
        @Nullable Boolean paused,
    @JsonPropertyDescription(
            """
            How many of the matched nodes may be unavailable because of a change: a number from 1 \
            to 1000000, or a percentage from 1% to 100%, rounded down, but at least 1. Default: \
            10%.""")
        @ValidationRule(
            value =
                "type(self) == int ? self >= 1 && self <= 1000000"
                    + " : type(self) == string && self.matches('^([1-9][0-9]?|100)%$')",
            message = "must be a number from 1 to 1000000 or a percentage from \"1%\" to \"100%\"")
        @Nullable IntOrString maxUnavailable,
    @JsonPropertyDescription(
            """
            A node that has not taken its revision after this time counts as failed. A duration \
            from 10s to 24h. Default: 5m.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(
            value = Cel.DURATION + Cel.AT_LEAST + "10s" + Cel.AT_MOST + "24h" + Cel.END,
            message = "must be a duration from 10s to 24h, such as 90s or 5m")
        @Nullable String nodeTimeout) {}
