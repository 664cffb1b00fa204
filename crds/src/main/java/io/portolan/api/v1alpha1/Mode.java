package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a node's dataplane is programmed. A mode that the agent cannot do yet has no name here. */
public enum Mode {
  /** The best that the node can do. */
  @JsonProperty("auto")
  AUTO("auto"),
  @JsonProperty("nftables")
  NFTABLES("nftables"),
  @JsonProperty("iptables")
  IPTABLES("iptables");

  private final String word;

  Mode(String word) {
    this.word = word;
  }

  /** As it is written in YAML. */
  public String word() {
    return word;
  }
}
