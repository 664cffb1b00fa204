package io.portolan.agent.others;

import io.portolan.agent.kernel.Attributes;
import io.portolan.agent.kernel.Errno;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkException;
import io.portolan.agent.kernel.NetlinkSocket;
import io.portolan.agent.service.IpFamily;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tables of any hand in nf_tables ({@code linux/netfilter/nf_tables.h}), iptables-nft's among them:
 * to the kernel they are tables like all others. In the network namespace of the thread that opens
 * it.
 */
final class NfTables implements AutoCloseable {
  /** {@code NFNL_SUBSYS_NFTABLES}. */
  private static final int SUBSYSTEM = 10;

  private static final int GETTABLE = 1;
  private static final int DELTABLE = 2;
  private static final int GETCHAIN = 4;
  private static final int DELCHAIN = 5;
  private static final int GETRULE = 7;
  private static final int DELRULE = 8;
  private static final int GETGEN = 16;
  private static final int BATCH_BEGIN = 0x10;
  private static final int BATCH_END = 0x11;
  private static final int BATCH_GENID = 1;

  /** {@code NFT_TABLE_F_DORMANT}: no packet comes near it. */
  private static final int DORMANT = 1;

  /** What a kernel without nf_tables answers. */
  private static final List<Errno> NONE = List.of(new Errno(22), new Errno(93), new Errno(95));

  private final NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.NETFILTER);
  private final NetlinkBuffer buffer = new NetlinkBuffer();

  /** A table. */
  record Table(IpFamily family, String name, boolean dormant) {}

  /**
   * A chain.
   *
   * @param base whether the kernel sends packets to it
   */
  record Chain(Table table, String name, boolean base) {}

  /**
   * A rule that goes to a chain.
   *
   * @param chain where it stands
   * @param target where it goes
   */
  record Jump(Table table, String chain, long handle, String target) {}

  /** Tables of families ip and ip6; none where the kernel has no nf_tables. */
  List<Table> tables() {
    var tables = new ArrayList<Table>();
    for (IpFamily family : IpFamily.values()) {
      begin(GETTABLE, NetlinkBuffer.DUMP, family);
      try {
        tables.addAll(
            socket.request(
                buffer,
                ArrayList<Table>::new,
                (into, type, number, attributes) -> into.add(table(family, attributes))));
      } catch (NetlinkException e) {
        if (!NONE.contains(e.errno())) {
          throw e;
        }
      }
    }
    return tables;
  }

  /** All chains of the tables, which are of one family. */
  List<Chain> chains(IpFamily family, List<Table> tables) {
    begin(GETCHAIN, NetlinkBuffer.DUMP, family);
    return socket.request(
        buffer,
        ArrayList<Chain>::new,
        (into, type, number, attributes) -> {
          Chain chain = chain(attributes, tables);
          if (chain != null) {
            into.add(chain);
          }
        });
  }

  /**
   * The rules of a table that go to a chain. What goes there by a map is not told.
   *
   * @param chain of which alone; empty: of all
   */
  List<Jump> jumps(Table table, String chain) {
    begin(GETRULE, NetlinkBuffer.DUMP, table.family());
    buffer.text(1, table.name());
    if (!chain.isEmpty()) {
      buffer.text(2, chain);
    }
    return socket.request(
        buffer,
        ArrayList<Jump>::new,
        (into, type, number, attributes) -> {
          Jump jump = jump(table, attributes);
          if (jump != null) {
            into.add(jump);
          }
        });
  }

  /** Counts up with every change of any table. */
  int generation() {
    begin(GETGEN, NetlinkBuffer.ACK, null);
    int[] generation =
        socket.request(
            buffer,
            () -> new int[1],
            (into, type, number, attributes) -> {
              while (attributes.next()) {
                if (attributes.type() == 1) {
                  into[0] = attributes.netInt();
                }
              }
            });
    return generation[0];
  }

  /**
   * Removes all of it or nothing.
   *
   * @param generation of the tables when they were read
   * @param tables with all that is in them
   * @param rules of other chains
   * @param emptied chains that lose their rules and stay
   * @param chains that nothing else goes to
   * @throws NetlinkException with {@link Errno#ERESTART} when the tables have changed meanwhile
   */
  void remove(
      int generation,
      List<Table> tables,
      List<Jump> rules,
      List<Chain> emptied,
      List<Chain> chains) {
    buffer.clear();
    buffer.message(BATCH_BEGIN, 0);
    buffer.netfilterHeader(0, SUBSYSTEM);
    buffer.netInt(BATCH_GENID, generation);
    for (Table table : tables) {
      add(DELTABLE, table);
    }
    for (Jump rule : rules) {
      add(DELRULE, rule.table());
      buffer.text(2, rule.chain());
      buffer.netLong(3, rule.handle());
    }
    for (List<Chain> each : List.of(emptied, chains)) {
      for (Chain chain : each) {
        add(DELRULE, chain.table());
        buffer.text(2, chain.name());
      }
    }
    for (Chain chain : chains) {
      add(DELCHAIN, chain.table());
      buffer.text(3, chain.name());
    }
    if (buffer.count() > 1) {
      buffer.flags(NetlinkBuffer.ACK);
      buffer.message(BATCH_END, 0);
      buffer.netfilterHeader(0, SUBSYSTEM);
      socket.transact(buffer);
    }
  }

  @Override
  public void close() {
    socket.close();
    buffer.close();
  }

  private static Table table(IpFamily family, Attributes attributes) {
    String name = "";
    int flags = 0;
    while (attributes.next()) {
      if (attributes.type() == 1) {
        name = attributes.text();
      } else if (attributes.type() == 2) {
        flags = attributes.netInt();
      }
    }
    return new Table(family, name, (flags & DORMANT) != 0);
  }

  private static @Nullable Chain chain(Attributes attributes, List<Table> tables) {
    Table table = null;
    String name = "";
    boolean base = false;
    while (attributes.next()) {
      switch (attributes.type()) {
        case 1 -> {
          String text = attributes.text();
          for (Table each : tables) {
            table = each.name().equals(text) ? each : table;
          }
          if (table == null) {
            return null;
          }
        }
        case 3 -> name = attributes.text();
        case 4 -> base = true;
        default -> {
          // Policy, counters, handle.
        }
      }
    }
    return table == null ? null : new Chain(table, name, base);
  }

  private static @Nullable Jump jump(Table table, Attributes attributes) {
    String chain = "";
    long handle = 0;
    String target = "";
    while (attributes.next()) {
      switch (attributes.type()) {
        case 2 -> chain = attributes.text();
        case 3 -> handle = attributes.netLong();
        case 4 -> target = target(attributes.nested());
        default -> {
          // What iptables-nft has to say to itself.
        }
      }
    }
    return target.isEmpty() ? null : new Jump(table, chain, handle, target);
  }

  /** The chain that a list of expressions ends in; empty: it ends in none. */
  private static String target(Attributes expressions) {
    String target = "";
    while (expressions.next()) {
      Attributes expression = expressions.nested();
      boolean immediate = false;
      while (expression.next()) {
        if (expression.type() == 1) {
          immediate = expression.text().equals("immediate");
        } else if (expression.type() == 2 && immediate) {
          target = verdict(expression.nested(), target);
        }
      }
    }
    return target;
  }

  private static String verdict(Attributes immediate, String otherwise) {
    while (immediate.next()) {
      if (immediate.type() == 2) { // NFTA_IMMEDIATE_DATA
        Attributes data = immediate.nested();
        while (data.next()) {
          if (data.type() == 2) { // NFTA_DATA_VERDICT
            Attributes verdict = data.nested();
            while (verdict.next()) {
              if (verdict.type() == 2) { // NFTA_VERDICT_CHAIN
                return verdict.text();
              }
            }
          }
        }
      }
    }
    return otherwise;
  }

  private void add(int type, Table table) {
    buffer.message(SUBSYSTEM << 8 | type, 0);
    buffer.netfilterHeader(protocol(table.family()), 0);
    buffer.text(1, table.name());
  }

  private void begin(int type, int flags, @Nullable IpFamily family) {
    buffer.clear();
    buffer.message(SUBSYSTEM << 8 | type, flags);
    buffer.netfilterHeader(family == null ? 0 : protocol(family), 0);
  }

  /** {@code NFPROTO_IPV4} or {@code NFPROTO_IPV6}. */
  private static int protocol(IpFamily family) {
    return family == IpFamily.IPV4 ? 2 : 10;
  }
}
