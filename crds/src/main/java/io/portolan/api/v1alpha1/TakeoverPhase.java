package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How far a node's takeover is. */
public enum TakeoverPhase {
  /** Portolan's rules are being made beside those of the other proxy, which serves. */
  @JsonProperty("Preparing")
  PREPARING,
  /** Both serve; the other proxy has to leave the node. */
  @JsonProperty("Beside")
  BESIDE,
  /** Portolan serves alone, nothing of the other proxy is left. */
  @JsonProperty("Done")
  DONE,
  /** The other proxy has to come back; Portolan serves until it does. */
  @JsonProperty("GivingBack")
  GIVING_BACK,
  /** The other proxy serves, nothing of Portolan is in the kernel. */
  @JsonProperty("GivenBack")
  GIVEN_BACK
}
