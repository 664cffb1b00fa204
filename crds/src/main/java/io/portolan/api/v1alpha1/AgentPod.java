package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The agent's Pod. Only logLevel changes without a new Pod. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AgentPod(
    @JsonPropertyDescription("Image of the agent; default: the one the operator was installed with")
        @Nullable String image,
    @Nullable LogLevel logLevel,
    @JsonPropertyDescription("Default: tolerate every taint")
        @Nullable List<Toleration> tolerations,
    @Nullable String priorityClassName) {}
