package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A query to Prometheus that may stop a change. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutGate(
    @JsonPropertyDescription("What the status calls it; a DNS label.")
        @Required
        @Size(max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        String name,
    @JsonPropertyDescription(
            """
            Address of Prometheus as the operator reaches it, such as \
            http://prometheus.monitoring:9090; /api/v1/query is appended.""")
        @Required
        @Size(max = 512)
        @Pattern("^https?://[^\\s?#]+$")
        String address,
    @JsonPropertyDescription(
            """
            PromQL, written as an alert is: when it returns anything while the nodes of a wave \
            soak, the change has failed. When it cannot be asked, the wave waits.""")
        @Required
        @Size(min = 1, max = 4096)
        String query) {}
