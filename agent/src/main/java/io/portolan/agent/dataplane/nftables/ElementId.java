package io.portolan.agent.dataplane.nftables;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What tells elements apart: set, key (of a range both ends), and whether it ends a range. */
final class ElementId {
  private final Table table;
  private final NamedSet set;
  private final byte[] key;
  private final boolean end;
  private final int hash;

  private ElementId(Table table, NamedSet set, byte[] key, boolean end) {
    this.table = table;
    this.set = set;
    this.key = key;
    this.end = end;
    this.hash = 31 * (31 * Arrays.hashCode(key) + set.hashCode()) + table.hashCode();
  }

  static ElementId of(Element element) {
    byte[] until = element.until();
    byte[] key = until.length == 0 ? element.key() : Element.joined(element.key(), until);
    return new ElementId(element.table(), element.set(), key, element.end());
  }

  /**
   * Of an element that is no range.
   *
   * @param key not changed any more
   */
  static ElementId of(Table table, NamedSet set, byte[] key) {
    return new ElementId(table, set, key, false);
  }

  Table table() {
    return table;
  }

  NamedSet set() {
    return set;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ElementId that
        && hash == that.hash
        && set == that.set
        && table == that.table
        && end == that.end
        && Arrays.equals(key, that.key);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
