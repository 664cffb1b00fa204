package io.portolan.agent.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A walk over the attributes of a netlink message. Before {@link #next} it stands before the first.
 * It reads memory that the next message overwrites.
 */
public final class Attributes {
  private final byte[] memory;
  private final int message;
  private final int end;
  private int next;
  private int at;
  private int length;

  Attributes(byte[] memory, int message, int from, int end) {
    this.memory = memory;
    this.message = message;
    this.next = from;
    this.end = end;
  }

  /** Steps to the next attribute; false when there is none. */
  public boolean next() {
    if (next + 4 > end) {
      return false;
    }
    at = next;
    length = Octets.hostShort(memory, at);
    if (length < 4 || at + length > end) {
      return false;
    }
    next = at + ((length + 3) & ~3);
    return true;
  }

  /** Type of the attribute without its flags. */
  public int type() {
    return Octets.hostShort(memory, at + 2) & 0x3fff;
  }

  /** A byte of the header that the message's protocol puts before the attributes. */
  public int headerByte(int offset) {
    return Octets.octet(memory, message + NetlinkBuffer.HEADER + offset);
  }

  /** 32 bits in host order of the header that the message's protocol puts before the attributes. */
  public int headerInt(int offset) {
    return Octets.hostInt(memory, message + NetlinkBuffer.HEADER + offset);
  }

  /** Whether the byte {@code offset} of the message lies in this attribute. */
  public boolean holds(int offset) {
    int position = message + offset;
    return position >= at && position < at + length;
  }

  /** The attributes inside this one. */
  public Attributes nested() {
    return new Attributes(memory, message, at + 4, at + length);
  }

  /** A value of 8 bits. */
  public int octet() {
    return Octets.octet(memory, at + 4);
  }

  /** A value of 16 bits in network order. */
  public int netShort() {
    return Octets.netShort(memory, at + 4);
  }

  /** A value of 32 bits in network order. */
  public int netInt() {
    return Octets.netInt(memory, at + 4);
  }

  /** A value of 64 bits in network order. */
  public long netLong() {
    return Octets.netLong(memory, at + 4);
  }

  /** A value of 32 bits in host order. */
  public int hostInt() {
    return Octets.hostInt(memory, at + 4);
  }

  /** A copy of the value. */
  public byte[] bytes() {
    return Arrays.copyOfRange(memory, at + 4, at + length);
  }

  /** The value as text, up to its final NUL. */
  public String text() {
    int last = at + length;
    while (last > at + 4 && memory[last - 1] == 0) {
      last--;
    }
    return new String(memory, at + 4, last - at - 4, StandardCharsets.UTF_8);
  }
}
