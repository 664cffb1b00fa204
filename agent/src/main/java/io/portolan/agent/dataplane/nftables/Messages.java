package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.kernel.Attributes;
import io.portolan.agent.kernel.NetlinkBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Kinds of nf_tables messages, and what one of them asks for in words. */
final class Messages {
  /** {@code NFNL_SUBSYS_NFTABLES}. */
  static final int SUBSYSTEM = 10;

  static final int NEWTABLE = 0;
  static final int GETTABLE = 1;
  static final int DELTABLE = 2;
  static final int NEWCHAIN = 3;
  static final int GETCHAIN = 4;
  static final int DELCHAIN = 5;
  static final int NEWRULE = 6;
  static final int GETRULE = 7;
  static final int DELRULE = 8;
  static final int NEWSET = 9;
  static final int GETSET = 10;
  static final int DELSET = 11;
  static final int NEWSETELEM = 12;
  static final int GETSETELEM = 13;
  static final int DELSETELEM = 14;
  static final int NEWGEN = 15;
  static final int GETGEN = 16;

  private Messages() {}

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /**
   * Such as "add element 10.96.0.1 . tcp . 80 to services of table ip portolan".
   *
   * @param index of the message in the batch
   * @param offset where in the message the kernel saw the fault, -1 when unknown
   */
  static String describe(NetlinkBuffer batch, int index, int offset) {
    if (index < 0 || index >= batch.count() || batch.type(index) >>> 8 != SUBSYSTEM) {
      return "change tables ip and ip6 " + Table.NAME;
    }
    Table table = batch.family(index) == Table.IPV4.protocol() ? Table.IPV4 : Table.IPV6;
    int type = batch.type(index) & 0xff;
    String second = name(batch, index, 2);
    String third = name(batch, index, 3);
    return switch (type) {
      case NEWTABLE -> "create " + table;
      case DELTABLE -> "delete " + table;
      case NEWCHAIN -> "create chain " + third + " of " + table;
      case DELCHAIN -> "delete chain " + third + " of " + table;
      case NEWRULE -> "add a rule to chain " + second + " of " + table;
      case DELRULE -> "empty chain " + second + " of " + table;
      case NEWSET -> "create set " + second + " of " + table;
      case DELSET -> "delete set " + second + " of " + table;
      case NEWSETELEM ->
          "add " + elements(batch, index, offset, table) + " to " + second + " of " + table;
      case DELSETELEM ->
          "delete " + elements(batch, index, offset, table) + " from " + second + " of " + table;
      case GETTABLE, GETCHAIN, GETRULE, GETSET, GETSETELEM -> "read " + table;
      default -> "read the generation of the tables";
    };
  }

  private static String name(NetlinkBuffer batch, int index, int attribute) {
    var attributes = batch.attributes(index, 4);
    while (attributes.next()) {
      if (attributes.type() == attribute) {
        return attributes.text();
      }
    }
    return "";
  }

  private static String elements(NetlinkBuffer batch, int index, int offset, Table table) {
    NamedSet set = NamedSet.of(name(batch, index, 2));
    var attributes = batch.attributes(index, 4);
    String only = null;
    int count = 0;
    while (attributes.next()) {
      if (attributes.type() != 3) {
        continue;
      }
      var elements = attributes.nested();
      while (elements.next()) {
        count++;
        only = key(elements.nested(), set, table);
        if (offset >= 0 && elements.holds(offset)) {
          return "element " + only;
        }
      }
    }
    return count == 0 ? "all elements" : count == 1 ? "element " + only : count + " elements";
  }

  private static String key(Attributes element, @Nullable NamedSet set, Table table) {
    while (element.next()) {
      if (element.type() == 1 && set != null) {
        var key = element.nested();
        if (key.next()) {
          return Field.text(set.key(), table, key.bytes());
        }
      }
    }
    return "?";
  }
}
