package io.portolan.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Which of the two programs that are called iptables a node's rules are written with. */
public enum IptablesBackend {
  /** The one that the node's other rules are in. */
  @JsonProperty("auto")
  AUTO("auto"),
  @JsonProperty("legacy")
  LEGACY("legacy"),
  @JsonProperty("nft")
  NFT("nft");

  private final String word;

  IptablesBackend(String word) {
    this.word = word;
  }

  /** As it is written in YAML. */
  public String word() {
    return word;
  }
}
