package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.service.Ip;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes the expressions of one rule ({@code linux/netfilter/nf_tables.h}). Registers are those of
 * 32 bits, 0 to 15.
 */
final class RuleWriter implements AutoCloseable {
  private static final int NFTA_LIST_ELEM = 1;
  private static final int NFTA_EXPR_NAME = 1;
  private static final int NFTA_EXPR_DATA = 2;
  private static final int NFTA_DATA_VALUE = 1;
  private static final int NFTA_DATA_VERDICT = 2;
  private static final int NFT_REG32_00 = 8;
  private static final int NFT_REG_VERDICT = 0;

  private static final int NETWORK_HEADER = 1;
  private static final int TRANSPORT_HEADER = 2;
  private static final int META_IIF = 4;
  private static final int META_IIFNAME = 6;
  private static final int META_L4PROTO = 16;

  /** {@code IFNAMSIZ}. */
  private static final int NAME_BYTES = 16;

  private static final int CT_STATUS = 2;
  private static final int CT_PROTO_DST = 12;
  private static final int CT_DST_IP = 20;
  private static final int CT_DST_IP6 = 22;
  private static final int CT_ORIGINAL = 0;

  private static final int NF_DROP = 0;
  static final int NFT_JUMP = -3;
  static final int NFT_GOTO = -4;
  private static final int NFT_RETURN = -5;

  private final Table table;
  private final NetlinkBuffer out = new NetlinkBuffer();

  RuleWriter(Table table) {
    this.table = table;
  }

  /** The rule written so far; the next call begins another one. */
  Rule rule(String comment) {
    var rule = new Rule(out.copy(), comment);
    out.clear();
    return rule;
  }

  RuleWriter sourceAddress(int register) {
    return payload(register, NETWORK_HEADER, table.source(), table.addressBytes());
  }

  RuleWriter destinationAddress(int register) {
    return payload(register, NETWORK_HEADER, table.destination(), table.addressBytes());
  }

  /** The destination port of TCP, UDP and SCTP: they have it in the same place. */
  RuleWriter destinationPort(int register) {
    return payload(register, TRANSPORT_HEADER, 2, 2);
  }

  private RuleWriter payload(int register, int base, int offset, int bytes) {
    int list = begin("payload");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(1, NFT_REG32_00 + register);
    out.netInt(2, base);
    out.netInt(3, offset);
    out.netInt(4, bytes);
    return end(list, data);
  }

  RuleWriter protocol(int register) {
    return meta(register, META_L4PROTO);
  }

  /** The name of the interface that the packet came through. */
  RuleWriter from(int register) {
    return meta(register, META_IIFNAME);
  }

  /** The number of the interface that the packet came through; 0 when it came through none. */
  RuleWriter fromIndex(int register) {
    return meta(register, META_IIF);
  }

  private RuleWriter meta(int register, int key) {
    int list = begin("meta");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(2, key);
    out.netInt(1, NFT_REG32_00 + register);
    return end(list, data);
  }

  /** The type of the source address, as the routing tables have it ({@code RTN_*}). */
  RuleWriter sourceType(int register) {
    int list = begin("fib");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(1, NFT_REG32_00 + register);
    out.netInt(2, 3); // NFT_FIB_RESULT_ADDRTYPE
    out.netInt(3, 1); // NFTA_FIB_F_SADDR
    return end(list, data);
  }

  /** Conntrack's status bits. */
  RuleWriter status(int register) {
    int list = begin("ct");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(2, CT_STATUS);
    out.netInt(1, NFT_REG32_00 + register);
    return end(list, data);
  }

  /** The destination that the client asked for. */
  RuleWriter originalAddress(int register) {
    return original(register, table == Table.IPV4 ? CT_DST_IP : CT_DST_IP6);
  }

  /** The destination port that the client asked for. */
  RuleWriter originalPort(int register) {
    return original(register, CT_PROTO_DST);
  }

  private RuleWriter original(int register, int key) {
    int list = begin("ct");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(2, key);
    out.netInt(1, NFT_REG32_00 + register);
    out.bytes(3, new byte[] {CT_ORIGINAL});
    return end(list, data);
  }

  RuleWriter random(int register, int below) {
    int list = begin("numgen");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(1, NFT_REG32_00 + register);
    out.netInt(2, below);
    out.netInt(3, 1); // NFT_NG_RANDOM
    out.netInt(4, 0);
    return end(list, data);
  }

  RuleWriter mask(int register, int bits) {
    int list = begin("bitwise");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(1, NFT_REG32_00 + register);
    out.netInt(2, NFT_REG32_00 + register);
    out.netInt(3, 4);
    value(4, Element.mark(bits));
    value(5, Element.mark(0));
    return end(list, data);
  }

  /** Goes on only with that number in the register. */
  RuleWriter isMark(int register, int value) {
    return compare(register, Element.mark(value));
  }

  /** Goes on only with another number in the register. */
  RuleWriter isNotMark(int register, int value) {
    return compare(register, 1, Element.mark(value)); // NFT_CMP_NEQ
  }

  /** Goes on only with that name of an interface, or with names that begin so. */
  RuleWriter isName(int register, String name, boolean prefix) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return compare(register, prefix ? bytes : Arrays.copyOf(bytes, NAME_BYTES));
  }

  /** Goes on only with that address, of the table's family. */
  RuleWriter isAddress(int register, Ip ip) {
    return compare(register, ip.bytes());
  }

  RuleWriter isProtocol(int register, int protocol) {
    return compare(register, new byte[] {(byte) protocol});
  }

  private RuleWriter compare(int register, byte[] value) {
    return compare(register, 0, value); // NFT_CMP_EQ
  }

  private RuleWriter compare(int register, int operation, byte[] value) {
    int list = begin("cmp");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(1, NFT_REG32_00 + register);
    out.netInt(2, operation);
    value(3, value);
    return end(list, data);
  }

  /** Goes on only when the set holds the key that begins in the register. */
  RuleWriter in(NamedSet set, int register) {
    return lookup(set, register, -1);
  }

  /** Goes on only when the map holds the key; its value is in {@code to}. */
  RuleWriter map(NamedSet map, int register, int to) {
    return lookup(map, register, NFT_REG32_00 + to);
  }

  /** Ends the rule with the verdict that the map holds for the key. */
  RuleWriter verdict(NamedSet map, int register) {
    return lookup(map, register, NFT_REG_VERDICT);
  }

  private RuleWriter lookup(NamedSet set, int register, int to) {
    int list = begin("lookup");
    int data = out.open(NFTA_EXPR_DATA);
    out.text(1, set.label());
    out.netInt(2, NFT_REG32_00 + register);
    if (to >= 0) {
      out.netInt(3, to);
    }
    return end(list, data);
  }

  /** Writes an element into a dynamic map; an element that is there only gets its time anew. */
  RuleWriter remember(NamedSet map, int key, int value, int seconds) {
    return dynamic(map, 1, key, value, seconds);
  }

  RuleWriter forget(NamedSet map, int key, int value) {
    return dynamic(map, 2, key, value, 0);
  }

  private RuleWriter dynamic(NamedSet map, int operation, int key, int value, int seconds) {
    int list = begin("dynset");
    int data = out.open(NFTA_EXPR_DATA);
    out.text(1, map.label());
    out.netInt(3, operation);
    out.netInt(4, NFT_REG32_00 + key);
    out.netInt(5, NFT_REG32_00 + value);
    if (seconds > 0) {
      out.netLong(6, seconds * 1000L);
    }
    return end(list, data);
  }

  RuleWriter dnat(int address, int port) {
    int list = begin("nat");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(1, 1); // NFT_NAT_DNAT
    out.netInt(2, table.protocol());
    out.netInt(3, NFT_REG32_00 + address);
    out.netInt(5, NFT_REG32_00 + port);
    return end(list, data);
  }

  RuleWriter masquerade() {
    int list = begin("masq");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(1, 1 << 4); // NF_NAT_RANGE_PROTO_RANDOM_FULLY
    return end(list, data);
  }

  RuleWriter rejectByIcmp() {
    int list = begin("reject");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(1, 0); // NFT_REJECT_ICMP_UNREACH
    // ICMP_PORT_UNREACH (RFC 792), ICMPV6_PORT_UNREACH (RFC 4443)
    out.bytes(2, new byte[] {(byte) (table == Table.IPV4 ? 3 : 4)});
    return end(list, data);
  }

  RuleWriter rejectByReset() {
    int list = begin("reject");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(1, 1); // NFT_REJECT_TCP_RST
    return end(list, data);
  }

  RuleWriter drop() {
    return verdict(NF_DROP, "");
  }

  RuleWriter giveBack() {
    return verdict(NFT_RETURN, "");
  }

  RuleWriter jump(String chain) {
    return verdict(NFT_JUMP, chain);
  }

  RuleWriter goTo(String chain) {
    return verdict(NFT_GOTO, chain);
  }

  private RuleWriter verdict(int code, String chain) {
    int list = begin("immediate");
    int data = out.open(NFTA_EXPR_DATA);
    out.netInt(1, NFT_REG_VERDICT);
    int value = out.open(2);
    verdict(out, code, chain);
    out.close(value);
    return end(list, data);
  }

  /** {@code NFTA_DATA_VERDICT}; without a chain when its name is empty. */
  static void verdict(NetlinkBuffer out, int code, String chain) {
    int verdict = out.open(NFTA_DATA_VERDICT);
    out.netInt(1, code);
    if (!chain.isEmpty()) {
      out.text(2, chain);
    }
    out.close(verdict);
  }

  private void value(int type, byte[] bytes) {
    int nest = out.open(type);
    out.bytes(NFTA_DATA_VALUE, bytes);
    out.close(nest);
  }

  private int begin(String expression) {
    int list = out.open(NFTA_LIST_ELEM);
    out.text(NFTA_EXPR_NAME, expression);
    return list;
  }

  private RuleWriter end(int list, int data) {
    out.close(data);
    out.close(list);
    return this;
  }

  @Override
  public void close() {
    out.close();
  }
}
