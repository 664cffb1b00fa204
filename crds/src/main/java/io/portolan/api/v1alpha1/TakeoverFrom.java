package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A service proxy that a node can be taken over from. */
public enum TakeoverFrom {
  @JsonProperty("kube-proxy")
  KUBE_PROXY
}
