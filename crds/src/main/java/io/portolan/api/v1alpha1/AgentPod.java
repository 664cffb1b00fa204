package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The agent's Pod. Only logLevel changes without a new Pod. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AgentPod(
    @JsonPropertyDescription(
            """
            Image of the agent, 1 to 512 characters; a change moves the agent Pods node by node \
            within rollout.maxUnavailable. Default: the image that the operator was installed \
            with.""")
        @Size(max = 512)
        @ValidationRule(
            value = "self.matches('^\\\\S+$')",
            message =
                "must name an image, such as registry.example/portolan/agent:1.0;"
                    + " remove the field for the operator's own")
        @Nullable String image,
    @JsonPropertyDescription(
            """
            What the agent logs: error, warn (and error), info (and warn), or debug (everything). \
            Changes without a new Pod. Default: info.""")
        @Nullable LogLevel logLevel,
    @JsonPropertyDescription(
            """
            Taints that the agent Pods tolerate, at most 32; given, they replace the default. \
            Default: every taint is tolerated, since a node without its service proxy can run \
            nothing.""")
        @Size(max = 32)
        @Nullable List<Toleration> tolerations,
    @JsonPropertyDescription(
            "PriorityClass of the agent Pods, which must exist. Default: system-node-critical.")
        @Size(max = 253)
        @ValidationRule(
            value = "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
            message =
                "must be the name of a PriorityClass, such as system-node-critical;"
                    + " remove the field for the default")
        @Nullable String priorityClassName) {}
