package io.portolan.agent.dataplane.iptables;

/** The two programs that are called iptables. */
public enum Backend {
  /** {@code ip_tables} of the kernel: each commit exchanges the whole table. */
  LEGACY("legacy"),

  /** {@code nf_tables}, in the words of iptables. */
  NFT("nft");

  private final String word;

  Backend(String word) {
    this.word = word;
  }

  /** {@code legacy} or {@code nft}. */
  public String word() {
    return word;
  }
}
