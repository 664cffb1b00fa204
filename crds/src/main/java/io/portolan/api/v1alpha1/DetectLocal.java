package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How traffic of this node's own Pods is told from other traffic. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DetectLocal(
    @JsonPropertyDescription(
            "NodeCIDR: the Pod ranges of the Node object; ClusterCIDR: clusterCIDRs; None: cannot be told; default NodeCIDR")
        @Nullable DetectLocalMode mode,
    @JsonPropertyDescription("With mode ClusterCIDR: the ranges of all Pods")
        @Nullable List<String> clusterCIDRs) {}
