package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.service.Ip;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One element of a set or map, in the kernel's bytes. */
final class Element {
  private static final byte[] NONE = {};

  private final Table table;
  private final NamedSet set;
  private final byte[] key;

  /** Last key of a range; empty when the element is no range. */
  private final byte[] until;

  private final byte[] data;
  private final byte[] userdata;
  private final boolean end;

  private Element(
      Table table,
      NamedSet set,
      byte[] key,
      byte[] until,
      byte[] data,
      byte[] userdata,
      boolean end) {
    this.table = table;
    this.set = set;
    this.key = key;
    this.until = until;
    this.data = data;
    this.userdata = userdata;
    this.end = end;
  }

  /** An element with a value; a verdict is given as the name of the chain. */
  static Element mapping(Table table, NamedSet map, byte[] key, byte[] data, byte[] userdata) {
    return new Element(table, map, key, NONE, data, userdata, false);
  }

  static Element member(Table table, NamedSet set, byte[] key) {
    return new Element(table, set, key, NONE, NONE, Userdata.OURS, false);
  }

  /** The first address after a range. */
  static Element rangeEnd(Table table, NamedSet set, byte[] key) {
    return new Element(table, set, key, NONE, NONE, NONE, true);
  }

  /** A range of keys, both ends in it. */
  static Element range(Table table, NamedSet set, byte[] key, byte[] until, byte[] userdata) {
    return new Element(table, set, key, until, NONE, userdata, false);
  }

  /** What the kernel holds. */
  static Element found(
      Table table,
      NamedSet set,
      byte[] key,
      byte[] until,
      byte[] data,
      byte[] userdata,
      boolean end) {
    return new Element(table, set, key, until, data, userdata, end);
  }

  Table table() {
    return table;
  }

  NamedSet set() {
    return set;
  }

  byte[] key() {
    return key;
  }

  /** Last key of a range; empty when the element is no range. */
  byte[] until() {
    return until;
  }

  byte[] data() {
    return data;
  }

  byte[] userdata() {
    return userdata;
  }

  /** Whether it only marks the end of a range ({@code NFT_SET_ELEM_INTERVAL_END}). */
  boolean end() {
    return end;
  }

  /** Whether the kernel needs no change to turn one into the other. */
  boolean same(Element other) {
    return Arrays.equals(data, other.data) && Arrays.equals(userdata, other.userdata);
  }

  static byte[] service(Ip ip, int protocol, int port) {
    byte[] address = ip.bytes();
    byte[] key = Arrays.copyOf(address, address.length + 8);
    key[address.length] = (byte) protocol;
    putPort(key, address.length + 4, port);
    return key;
  }

  static byte[] nodePort(int protocol, int port) {
    byte[] key = new byte[8];
    key[0] = (byte) protocol;
    putPort(key, 4, port);
    return key;
  }

  static byte[] target(Ip ip, int port) {
    byte[] address = ip.bytes();
    byte[] data = Arrays.copyOf(address, address.length + 4);
    putPort(data, address.length, port);
    return data;
  }

  static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  static byte[] mark(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  static byte[] marks(int first, int second) {
    return ByteBuffer.allocate(8)
        .order(ByteOrder.nativeOrder())
        .putInt(first)
        .putInt(second)
        .array();
  }

  /** A number behind its protocol; {@link RuleBook} says why. */
  static byte[] number(int protocol, int number) {
    byte[] data = marks(0, number);
    data[0] = (byte) protocol;
    return data;
  }

  /** The number in what {@link #number(int, int)} wrote; 0 when there is none. */
  static int number(byte[] data) {
    return data.length < 8 ? 0 : ByteBuffer.wrap(data).order(ByteOrder.nativeOrder()).getInt(4);
  }

  /** The first number of {@link #marks}. */
  static int first(byte[] key) {
    return ByteBuffer.wrap(key).order(ByteOrder.nativeOrder()).getInt(0);
  }

  static byte[] verdict(String chain) {
    return chain.getBytes(StandardCharsets.UTF_8);
  }

  private static void putPort(byte[] into, int at, int port) {
    into[at] = (byte) (port >> 8);
    into[at + 1] = (byte) port;
  }

  @Override
  public String toString() {
    return Field.text(set.key(), table, key) + " of " + set.label() + " in " + table;
  }
}
