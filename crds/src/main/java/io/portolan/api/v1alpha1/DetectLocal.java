package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How traffic of this node's own Pods is told from other traffic. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value =
        "has(self.mode) && self.mode == 'ClusterCIDR'"
            + " ? has(self.clusterCIDRs) && size(self.clusterCIDRs) > 0"
            + " : !has(self.clusterCIDRs) || size(self.clusterCIDRs) == 0",
    messageExpression =
        "has(self.mode) && self.mode == 'ClusterCIDR'"
            + " ? 'detectLocal.clusterCIDRs must list the Pod ranges with mode ClusterCIDR'"
            + " : 'detectLocal.clusterCIDRs is read with mode ClusterCIDR only:"
            + " set detectLocal.mode to ClusterCIDR or remove the ranges'")
public record DetectLocal(
    @JsonPropertyDescription(
            """
            NodeCIDR: local is what has an address of spec.podCIDRs of the Node object. \
            ClusterCIDR: local is what has an address of clusterCIDRs. None: local traffic cannot \
            be told, so traffic to a ClusterIP is masqueraded only where masqueradeAll asks for \
            it. Default: NodeCIDR.""")
        @Nullable DetectLocalMode mode,
    @JsonPropertyDescription(
            """
            The ranges of all Pods of the cluster, in CIDR notation, at most 32, each once. \
            Required with mode ClusterCIDR, refused with another.""")
        @Size(max = 32)
        @ValidationRule(
            value = "self.all(c, isCIDR(c))",
            messageExpression =
                "'\"' + self.filter(c, !isCIDR(c))[0]"
                    + " + '\" is not a range in CIDR notation, such as 10.244.0.0/16 or fd00:10::/56'")
        @Nullable List<@Size(max = 64) String> clusterCIDRs) {}
