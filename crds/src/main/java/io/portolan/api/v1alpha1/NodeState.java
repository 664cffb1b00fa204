package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a node's agent must do. */
public enum NodeState {
  /** Serve by the settings. */
  @JsonProperty("Active")
  ACTIVE,
  /** Take everything of ours out of the kernel, then report {@code Ready=False, reason=Removed}. */
  @JsonProperty("Removed")
  REMOVED
}
