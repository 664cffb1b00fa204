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
@ValidationRule(
    value = DetectLocal.HAS_BRIDGE + " == has(self.bridgeInterface)",
    messageExpression =
        DetectLocal.HAS_BRIDGE
            + " ? 'detectLocal.bridgeInterface must name the bridge of the Pods with mode"
            + " BridgeInterface, such as cni0'"
            + " : 'detectLocal.bridgeInterface is read with mode BridgeInterface only:"
            + " set detectLocal.mode to BridgeInterface or remove the name'")
@ValidationRule(
    value = DetectLocal.HAS_PREFIX + " == has(self.interfaceNamePrefix)",
    messageExpression =
        DetectLocal.HAS_PREFIX
            + " ? 'detectLocal.interfaceNamePrefix must say how the names of the Pods\\' interfaces"
            + " begin with mode InterfaceNamePrefix, such as veth'"
            + " : 'detectLocal.interfaceNamePrefix is read with mode InterfaceNamePrefix only:"
            + " set detectLocal.mode to InterfaceNamePrefix or remove the prefix'")
public record DetectLocal(
    @JsonPropertyDescription(
            """
            NodeCIDR: local is what has an address of spec.podCIDRs of the Node object. \
            ClusterCIDR: local is what has an address of clusterCIDRs. BridgeInterface: local is \
            what reaches the node through bridgeInterface. InterfaceNamePrefix: local is what \
            reaches the node through an interface whose name begins with interfaceNamePrefix. \
            None: local traffic cannot be told, so traffic to a ClusterIP is masqueraded only \
            where masqueradeAll asks for it. Default: NodeCIDR.""")
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
        @Nullable List<@Size(max = 64) String> clusterCIDRs,
    @JsonPropertyDescription(
            """
            Name of the bridge that the Pods of a node are connected to, such as cni0; the same on \
            every node. Required with mode BridgeInterface, refused with another.""")
        @Size(max = 64)
        @ValidationRule(
            value = DetectLocal.INTERFACE_NAME,
            message = "must be the name of an interface: " + DetectLocal.NAME_BOUNDS)
        @Nullable String bridgeInterface,
    @JsonPropertyDescription(
            """
            How the names of the interfaces begin that lead to the Pods of a node, such as veth or \
            cali. Required with mode InterfaceNamePrefix, refused with another.""")
        @Size(max = 64)
        @ValidationRule(
            value = DetectLocal.INTERFACE_NAME,
            message = "must begin names of interfaces: " + DetectLocal.NAME_BOUNDS)
        @Nullable String interfaceNamePrefix) {

  static final String HAS_BRIDGE = "(has(self.mode) && self.mode == 'BridgeInterface')";
  static final String HAS_PREFIX = "(has(self.mode) && self.mode == 'InterfaceNamePrefix')";

  /** What the kernel takes as a name ({@code dev_valid_name}), as bytes: IFNAMSIZ - 1. */
  static final String INTERFACE_NAME =
      "size(bytes(self)) >= 1 && size(bytes(self)) <= 15 && !self.matches('[/:\\\\s]')"
          + " && self != '.' && self != '..'";

  static final String NAME_BOUNDS = "1 to 15 bytes without slash, colon and blank";
}
