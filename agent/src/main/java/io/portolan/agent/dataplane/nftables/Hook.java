package io.portolan.agent.dataplane.nftables;

import org.jspecify.annotations.Nullable;

/**
 * Where a base chain hangs ({@code linux/netfilter.h}, {@code linux/netfilter_ipv4.h}).
 *
 * @param number {@code NF_INET_*}
 * @param priority {@code NF_IP_PRI_NAT_DST} or {@code NF_IP_PRI_NAT_SRC}
 */
record Hook(int number, int priority) {
  /** Only the first packet of a connection passes chains of this type. */
  static final String TYPE = "nat";

  /** The hook of the chain; null when no hook leads to it. */
  static @Nullable Hook of(String chain) {
    return switch (chain) {
      case RuleBook.PREROUTING -> new Hook(0, -100);
      case RuleBook.OUTPUT -> new Hook(3, -100);
      case RuleBook.POSTROUTING -> new Hook(4, 100);
      default -> null;
    };
  }
}
