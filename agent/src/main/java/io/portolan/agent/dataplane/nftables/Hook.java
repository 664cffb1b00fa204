package io.portolan.agent.dataplane.nftables;

import org.jspecify.annotations.Nullable;

/**
 * Where a base chain hangs ({@code linux/netfilter.h}, {@code linux/netfilter_ipv4.h}).
 *
 * @param number {@code NF_INET_*}
 * @param priority one before {@code NF_IP_PRI_NAT_DST} or {@code NF_IP_PRI_NAT_SRC}: the first that
 *     translates a connection ends it, and of chains with the same priority nobody says which is
 *     asked first
 */
record Hook(int number, int priority) {
  /** Only the first packet of a connection passes chains of this type. */
  static final String TYPE = "nat";

  private static final int PREROUTING = 0;
  private static final int LOCAL_OUT = 3;
  private static final int POSTROUTING = 4;

  /** The hook of the chain; null when no hook leads to it. */
  static @Nullable Hook of(String chain) {
    return switch (chain) {
      case RuleBook.PREROUTING -> new Hook(PREROUTING, -101);
      case RuleBook.OUTPUT -> new Hook(LOCAL_OUT, -101);
      case RuleBook.POSTROUTING -> new Hook(POSTROUTING, 99);
      default -> null;
    };
  }

  /** Whether packets come in here: before they are routed, or as the node sends them. */
  boolean entrance() {
    return number == PREROUTING || number == LOCAL_OUT;
  }

  /** Whether packets leave here. */
  boolean exit() {
    return number == POSTROUTING;
  }
}
