package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.nftables.Change.ChainName;
import io.portolan.agent.dataplane.nftables.Change.SetName;
import io.portolan.agent.kernel.NetlinkBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Writes one batch of nf_tables messages: the kernel takes all of it or nothing. Everything goes
 * into one batch, however large, because whoever may change tables may also make the socket's
 * buffer as large as it needs.
 */
final class Transaction {
  private static final int BATCH_BEGIN = 0x10;
  private static final int BATCH_END = 0x11;
  private static final int BATCH_GENID = 1;

  /** Elements of one message, in bytes: their list is an attribute, and may not pass 64 KiB. */
  private static final int ELEMENTS_BYTES = 32 << 10;

  private static final Comparator<Element> BY_SET =
      Comparator.comparing(Element::table).thenComparing(Element::set);

  private final NetlinkBuffer out;
  private final String name;
  private int setIds;

  /**
   * Begins a batch.
   *
   * @param generation of the tables that the change was made for, else the kernel refuses it with
   *     ERESTART; 0: whatever it is
   */
  Transaction(NetlinkBuffer out, int generation) {
    this(out, generation, Table.NAME);
  }

  /** Begins a batch for tables of another name. */
  Transaction(NetlinkBuffer out, int generation, String name) {
    this.out = out;
    this.name = name;
    out.clear();
    out.message(BATCH_BEGIN, 0);
    out.netfilterHeader(0, Messages.SUBSYSTEM);
    if (generation != 0) {
      out.netInt(BATCH_GENID, generation);
    }
  }

  /** Ends the batch; false when there is nothing in it. */
  boolean end() {
    if (out.count() == 1) {
      return false;
    }
    out.flags(NetlinkBuffer.ACK);
    out.message(BATCH_END, 0);
    out.netfilterHeader(0, Messages.SUBSYSTEM);
    return true;
  }

  /**
   * Leaves the batch without an end: the kernel goes through all of it, and takes everything back
   * instead of keeping it ({@code nfnetlink_rcv_batch}).
   */
  void rehearse() {
    out.flags(NetlinkBuffer.ACK);
  }

  void newTable(Table table) {
    begin(table, Messages.NEWTABLE, NetlinkBuffer.CREATE);
    out.bytes(6, Userdata.table(Table.LAYOUT));
  }

  void deleteTable(Table table) {
    begin(table, Messages.DELTABLE, 0);
  }

  void newSet(Table table, NamedSet set) {
    SetShape shape = set.shape(table);
    begin(table, Messages.NEWSET, NetlinkBuffer.CREATE);
    out.text(2, set.label());
    out.netInt(3, shape.flags());
    out.netInt(4, shape.keyType());
    out.netInt(5, shape.keyBytes());
    if (!set.data().isEmpty()) {
      out.netInt(6, shape.dataType());
      out.netInt(7, shape.dataBytes());
    }
    out.netInt(10, ++setIds);
    if (set.size() > 0 || set.rangesAtEnd()) {
      int description = out.open(9);
      if (set.size() > 0) {
        out.netInt(1, set.size());
      }
      if (set.rangesAtEnd()) {
        fields(table, set);
      }
      out.close(description);
    }
    out.bytes(13, Userdata.set(set));
  }

  /** The widths of the fields, without which the kernel cannot tell ranges apart. */
  private void fields(Table table, NamedSet set) {
    int fields = out.open(2); // NFTA_SET_DESC_CONCAT
    for (Field field : set.key()) {
      int one = out.open(1);
      out.netInt(1, field.width(table)); // NFTA_SET_FIELD_LEN
      out.close(one);
    }
    out.close(fields);
  }

  void deleteSet(Table table, String name) {
    begin(table, Messages.DELSET, 0);
    out.text(2, name);
  }

  void newChain(Table table, String name) {
    begin(table, Messages.NEWCHAIN, NetlinkBuffer.CREATE);
    out.text(3, name);
    Hook hook = Hook.of(name);
    if (hook != null) {
      int nest = out.open(4);
      out.netInt(1, hook.number());
      out.netInt(2, hook.priority());
      out.close(nest);
      out.netInt(5, 1); // NF_ACCEPT
      out.text(7, Hook.TYPE);
    }
  }

  /** Removes a chain with its rules. */
  void deleteChain(Table table, String name) {
    begin(table, Messages.DELCHAIN, 0);
    out.text(3, name);
  }

  void emptyChain(Table table, String name) {
    begin(table, Messages.DELRULE, 0);
    out.text(2, name);
  }

  void rules(Table table, String chain, List<Rule> rules) {
    for (Rule rule : rules) {
      begin(table, Messages.NEWRULE, NetlinkBuffer.CREATE | NetlinkBuffer.APPEND);
      out.text(2, chain);
      int expressions = out.open(4);
      out.raw(rule.expressions());
      out.close(expressions);
      out.bytes(7, rule.userdata());
    }
  }

  /** Chains that are new, with their rules. */
  void chains(Map<ChainName, List<Rule>> chains) {
    chains.forEach(
        (chain, rules) -> {
          newChain(chain.table(), chain.name());
          rules(chain.table(), chain.name(), rules);
        });
  }

  /** Everything of a change but the chains that had to be there before. */
  void change(Change change) {
    for (SetName set : change.emptied) {
      begin(set.table(), Messages.DELSETELEM, 0);
      out.text(2, set.set().label());
    }
    change.removed.sort(BY_SET);
    elements(Messages.DELSETELEM, 0, change.removed);
    change.rules.forEach(
        (chain, rules) -> {
          emptyChain(chain.table(), chain.name());
          rules(chain.table(), chain.name(), rules);
        });
    change.added.sort(BY_SET);
    elements(Messages.NEWSETELEM, NetlinkBuffer.CREATE, change.added);
    for (ChainName chain : change.oldChains) {
      deleteChain(chain.table(), chain.name());
    }
  }

  private void elements(int type, int flags, List<Element> elements) {
    int i = 0;
    while (i < elements.size()) {
      Element first = elements.get(i);
      begin(first.table(), type, flags);
      out.text(2, first.set().label());
      int list = out.open(3);
      while (i < elements.size()
          && BY_SET.compare(first, elements.get(i)) == 0
          && out.since(list) < ELEMENTS_BYTES) {
        element(elements.get(i), type == Messages.NEWSETELEM);
        i++;
      }
      out.close(list);
    }
  }

  /** Adds clients; the kernel refuses one that it remembers for another endpoint. */
  void remember(List<Remembered> clients) {
    int i = 0;
    while (i < clients.size()) {
      Table table = clients.get(i).table();
      begin(table, Messages.NEWSETELEM, NetlinkBuffer.CREATE);
      out.text(2, NamedSet.AFFINITY.label());
      int list = out.open(3);
      while (i < clients.size()
          && clients.get(i).table() == table
          && out.since(list) < ELEMENTS_BYTES) {
        Remembered client = clients.get(i++);
        int nest = out.open(1);
        value(1, client.key());
        value(2, client.data());
        out.netLong(4, client.timeout());
        out.netLong(5, client.left());
        out.close(nest);
      }
      out.close(list);
    }
  }

  private void value(int type, byte[] bytes) {
    int nest = out.open(type);
    out.bytes(1, bytes);
    out.close(nest);
  }

  private void element(Element element, boolean whole) {
    int nest = out.open(1);
    value(1, element.key());
    if (element.until().length > 0) {
      value(10, element.until()); // NFTA_SET_ELEM_KEY_END
    }
    if (element.end()) {
      out.netInt(3, 1); // NFT_SET_ELEM_INTERVAL_END
    }
    if (whole) {
      if (element.set().verdicts()) {
        int data = out.open(2);
        RuleWriter.verdict(out, RuleWriter.NFT_GOTO, Messages.text(element.data()));
        out.close(data);
      } else if (element.data().length > 0) {
        value(2, element.data());
      }
      if (element.userdata().length > 0) {
        out.bytes(6, element.userdata());
      }
    }
    out.close(nest);
  }

  private void begin(Table table, int type, int flags) {
    out.message(Messages.SUBSYSTEM << 8 | type, flags);
    out.netfilterHeader(table.protocol(), 0);
    out.text(1, name);
  }
}
