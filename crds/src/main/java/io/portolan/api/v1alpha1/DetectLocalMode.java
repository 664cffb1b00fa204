package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How traffic of local Pods is recognised; the names of {@code
 * KubeProxyConfiguration.detectLocalMode}.
 */
public enum DetectLocalMode {
  @JsonProperty("NodeCIDR")
  NODE_CIDR,
  @JsonProperty("ClusterCIDR")
  CLUSTER_CIDR,
  @JsonProperty("BridgeInterface")
  BRIDGE_INTERFACE,
  @JsonProperty("InterfaceNamePrefix")
  INTERFACE_NAME_PREFIX,
  @JsonProperty("None")
  NONE
}
