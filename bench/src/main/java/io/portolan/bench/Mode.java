package io.portolan.bench;

import java.util.Locale;

/** How the kernel is programmed. */
enum Mode {
  NFTABLES,
  /**
   * By the legacy programs: with iptables-nft kube-proxy needs many minutes for 10,000 Services.
   */
  IPTABLES;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
