package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Who ends the canary. */
public enum Promotion {
  @JsonProperty("Automatic")
  AUTOMATIC,

  @JsonProperty("Manual")
  MANUAL
}
