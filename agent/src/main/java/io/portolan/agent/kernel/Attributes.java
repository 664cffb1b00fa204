package io.portolan.agent.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A walk over the attributes of a netlink message. Before {@link #next} it stands before the first.
 * It reads memory that the next message overwrites.
 */
public final class Attributes {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfShort NET_SHORT = SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt NET_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong NET_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final MemorySegment memory;
  private final int message;
  private final int end;
  private int next;
  private int at;
  private int length;

  Attributes(MemorySegment memory, int message, int from, int end) {
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
    length = Short.toUnsignedInt(memory.get(SHORT, at));
    if (length < 4 || at + length > end) {
      return false;
    }
    next = at + ((length + 3) & ~3);
    return true;
  }

  /** Type of the attribute without its flags. */
  public int type() {
    return memory.get(SHORT, at + 2) & 0x3fff;
  }

  /** A byte of the header that the message's protocol puts before the attributes. */
  public int headerByte(int offset) {
    return Byte.toUnsignedInt(memory.get(JAVA_BYTE, message + NetlinkBuffer.HEADER + offset));
  }

  /** 32 bits in host order of the header that the message's protocol puts before the attributes. */
  public int headerInt(int offset) {
    return memory.get(ValueLayout.JAVA_INT_UNALIGNED, message + NetlinkBuffer.HEADER + offset);
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
    return Byte.toUnsignedInt(memory.get(JAVA_BYTE, at + 4));
  }

  /** A value of 16 bits in network order. */
  public int netShort() {
    return Short.toUnsignedInt(memory.get(NET_SHORT, at + 4));
  }

  /** A value of 32 bits in network order. */
  public int netInt() {
    return memory.get(NET_INT, at + 4);
  }

  /** A value of 64 bits in network order. */
  public long netLong() {
    return memory.get(NET_LONG, at + 4);
  }

  /** A value of 32 bits in host order. */
  public int hostInt() {
    return memory.get(ValueLayout.JAVA_INT_UNALIGNED, at + 4);
  }

  /** A copy of the value. */
  public byte[] bytes() {
    return memory.asSlice(at + 4, length - 4L).toArray(JAVA_BYTE);
  }

  /** The value as text, up to its final NUL. */
  public String text() {
    byte[] bytes = bytes();
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
