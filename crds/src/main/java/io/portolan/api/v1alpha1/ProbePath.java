package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where a probe's packets enter the node's network. */
public enum ProbePath {
  /** By an interface, as those of a Pod do. */
  @JsonProperty("Pod")
  POD,

  /** From a process of the node itself. */
  @JsonProperty("Node")
  NODE
}
