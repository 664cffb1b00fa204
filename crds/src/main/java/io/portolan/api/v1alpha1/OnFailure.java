package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What happens when a revision fails. */
public enum OnFailure {
  @JsonProperty("Rollback")
  ROLLBACK,

  @JsonProperty("Pause")
  PAUSE
}
