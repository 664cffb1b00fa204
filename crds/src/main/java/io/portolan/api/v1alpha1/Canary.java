package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The nodes that get a change first. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Canary(
    @JsonPropertyDescription(
            """
            How many. From 1 to 1000000. Default: 1; with a selector, every node that it matches.""")
        @Min(1)
        @Max(1_000_000)
        @Nullable Integer nodes,
    @JsonPropertyDescription(
            """
            Which ones; of those that are Ready the first ones. When it matches none, the rollout \
            does not begin. Default: any.""")
        @Nullable NodeSelector selector,
    @JsonPropertyDescription(
            """
            How long they must stay well before the first wave begins. A duration from 0s to 168h. \
            Default: 5s.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(
            value = Cel.DURATION + Cel.AT_LEAST + "0s" + Cel.AT_MOST + "168h" + Cel.END,
            message = "must be a duration from 0s to 168h, such as 90s or 5m")
        @Nullable String soak,
    @JsonPropertyDescription(
            """
            Automatic: after the soak the first wave begins. Manual: it waits until the annotation \
            portolan.io/promote has the name of the revision. Default: Automatic.""")
        @Nullable Promotion promotion) {}
