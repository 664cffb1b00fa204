package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Client IP affinity of Services that ask for it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value =
        "has(self.timeout) && !self.timeout.matches('"
            + GoDuration.PATTERN
            + "') || has(self.maxTimeout) && !self.maxTimeout.matches('"
            + GoDuration.PATTERN
            + "') || duration(has(self.timeout) ? self.timeout : '3h')"
            + " <= duration(has(self.maxTimeout) ? self.maxTimeout : '24h')",
    messageExpression =
        "'spec.affinity.timeout (' + (has(self.timeout) ? self.timeout : 'by default 3h')"
            + " + ') must not be greater than spec.affinity.maxTimeout ('"
            + " + (has(self.maxTimeout) ? self.maxTimeout : 'by default 24h')"
            + " + '): lower the one or raise the other'")
public record Affinity(
    @JsonPropertyDescription(
            """
            How long a client keeps its endpoint after its last connection, for Services with \
            sessionAffinity ClientIP that have no timeout of their own, which the API server \
            writes as 10800 seconds. A Service with any other value keeps that value, and one with \
            the annotation portolan.io/affinity-timeout, a duration from 1s to 24h such as 3h, has \
            that instead. A duration from 1s to 24h, not above maxTimeout. Default: 3h.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(
            value = Cel.DURATION + Cel.AT_LEAST + "1s" + Cel.AT_MOST + "24h" + Cel.END,
            message = "must be a duration from 1s to 24h, such as 90s or 1h30m")
        @Nullable String timeout,
    @JsonPropertyDescription(
            """
            The longest affinity that any Service gets; a Service that asks for more gets this. A \
            duration from 1s to 24h. Default: 24h.""")
        @Size(max = GoDuration.MAX_LENGTH)
        @ValidationRule(
            value = Cel.DURATION + Cel.AT_LEAST + "1s" + Cel.AT_MOST + "24h" + Cel.END,
            message = "must be a duration from 1s to 24h, such as 90s or 1h30m")
        @Nullable String maxTimeout) {}
