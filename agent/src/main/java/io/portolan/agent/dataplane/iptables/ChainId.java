package io.portolan.agent.dataplane.iptables;

import java.util.Comparator;

/** A chain of a table. */
record ChainId(Table table, String name) implements Comparable<ChainId> {
  private static final Comparator<ChainId> ORDER =
      Comparator.comparing(ChainId::table).thenComparing(ChainId::name);

  @Override
  public int compareTo(ChainId other) {
    return ORDER.compare(this, other);
  }
}
