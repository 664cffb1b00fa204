package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a change reaches the nodes. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Rollout(
    @JsonPropertyDescription(
            "While true, no further node gets the change; nodes that have it keep it, well or not."
                + " Default: false.")
        @Nullable Boolean paused,
    @JsonPropertyDescription(
            """
            While true, no node gets a change; status.rollout.preview says what would happen. \
            Default: false.""")
        @Nullable Boolean dryRun,
    @JsonPropertyDescription(
            """
            How many of the matched nodes may be unavailable when further ones get a change, \
            whatever made them so: a number from 1 to 1000000, or a percentage from 1% to 100%, \
            rounded down, but at least 1. Default: 10%.""")
        @ValidationRule(
            value =
                "type(self) == int ? self >= 1 && self <= 1000000"
                    + " : type(self) == string && self.matches('^([1-9][0-9]?|100)%$')",
            message = "must be a number from 1 to 1000000 or a percentage from \"1%\" to \"100%\"")
        @Nullable IntOrString maxUnavailable,
    @JsonPropertyDescription(
            "The nodes that get a change first. Default: one node, for a soak of 5s.")
        @Nullable Canary canary,
    @JsonPropertyDescription(
            """
            The waves after the canary, at most 20, each of which has percent, nodes or zones. \
            After the last one every node that is left has its turn. Default: 25%, then the rest.""")
        @Size(max = 20)
        @Nullable List<RolloutWave> waves,
    @JsonPropertyDescription(
            """
            How long all nodes of a wave must stay well before the next one begins; after the last \
            one, before the revision counts as good. A duration from 0s to 24h. Default: 5s.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(
            value = Cel.DURATION + Cel.AT_LEAST + "0s" + Cel.AT_MOST + "24h" + Cel.END,
            message = "must be a duration from 0s to 24h, such as 90s or 5m")
        @Nullable String soak,
    @JsonPropertyDescription(
            """
            Rollback: when a node fails a revision, every node that has it gets the last good one \
            again. Pause: the rollout stops as it is. Default: Rollback.""")
        @Nullable OnFailure onFailure,
    @JsonPropertyDescription(
            """
            A node that has not taken its revision after this time fails it. A duration from 10s \
            to 24h. Default: 5m.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(
            value = Cel.DURATION + Cel.AT_LEAST + "10s" + Cel.AT_MOST + "24h" + Cel.END,
            message = "must be a duration from 10s to 24h, such as 90s or 5m")
        @Nullable String nodeTimeout,
    @JsonPropertyDescription(
            """
            Times in which nodes may get a change, at most 20. A rollback waits for none. Default: \
            at any time.""")
        @Size(max = 20)
        @Nullable List<RolloutWindow> windows,
    @JsonPropertyDescription("How bad the agents' probes may be. Default: those of its fields.")
        @Nullable RolloutProbes probes,
    @JsonPropertyDescription("Queries to Prometheus that may stop a change, at most 10.")
        @Size(max = 10)
        @Nullable List<RolloutGate> gates) {}
