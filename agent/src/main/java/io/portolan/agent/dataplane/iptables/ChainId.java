package io.portolan.agent.dataplane.iptables;

import org.jspecify.annotations.Nullable;

/** A chain of a table. */
record ChainId(Table table, String name) implements Comparable<ChainId> {
  // Written out, see Ip.
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof ChainId that && table == that.table && name.equals(that.name));
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + table.hashCode();
  }

  @Override
  public int compareTo(ChainId other) {
    int byTable = table.compareTo(other.table);
    return byTable != 0 ? byTable : name.compareTo(other.name);
  }
}
