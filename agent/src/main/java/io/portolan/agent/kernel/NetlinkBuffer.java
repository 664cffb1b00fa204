package io.portolan.agent.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Netlink messages in the order in which they are sent, written straight into native memory that
 * grows as needed (RFC 3549, {@code linux/netlink.h}). Headers are in host order; the numbers of
 * netfilter's attributes are in network order, so the methods for them are named so.
 */
@SuppressWarnings("MustBeClosedChecker") // The buffer closes the memory it holds.
public final class NetlinkBuffer implements AutoCloseable {
  /** {@code NLM_F_REQUEST}. */
  public static final int REQUEST = 0x1;

  /** {@code NLM_F_ACK}: the kernel confirms the message. */
  public static final int ACK = 0x4;

  /** {@code NLM_F_DUMP}. */
  public static final int DUMP = 0x300;

  /** {@code NLM_F_EXCL}: refuse what is there already. */
  public static final int EXCL = 0x200;

  /** {@code NLM_F_CREATE}. */
  public static final int CREATE = 0x400;

  /** {@code NLM_F_APPEND}. */
  public static final int APPEND = 0x800;

  /** Size of {@code struct nlmsghdr} in bytes. */
  static final int HEADER = 16;

  private static final int NESTED = 0x8000;
  private static final int KEPT = 1 << 16;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort NET_SHORT = SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt NET_INT = INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong NET_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Arena arena = Arena.ofShared();
  private MemorySegment memory = arena.allocate(KEPT, 8);
  private int end;
  private int[] starts = new int[16];
  private int count;

  /** Forgets the messages, and gives back memory beyond what a usual change needs. */
  public void clear() {
    end = 0;
    count = 0;
    if (memory.byteSize() > KEPT) {
      arena.close();
      arena = Arena.ofShared();
      memory = arena.allocate(KEPT, 8);
      starts = new int[16];
    }
  }

  /** Number of messages. */
  public int count() {
    return count;
  }

  /** All messages together, in bytes. */
  public int size() {
    return end;
  }

  /** Begins a message; it ends where the next one begins, or the buffer. */
  public void message(int type, int flags) {
    finish();
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
    }
    starts[count++] = end;
    int at = reserve(HEADER);
    memory.set(SHORT, at + 4, (short) type);
    memory.set(SHORT, at + 6, (short) (flags | REQUEST));
    memory.set(INT, at + 8, 0);
    memory.set(INT, at + 12, 0);
  }

  /** Adds flags to the last message. */
  public void flags(int more) {
    int at = starts[count - 1] + 6;
    memory.set(SHORT, at, (short) (memory.get(SHORT, at) | more));
  }

  /** {@code struct nfgenmsg}; {@code resource} in host order. */
  public void netfilterHeader(int family, int resource) {
    int at = reserve(4);
    memory.set(JAVA_BYTE, at, (byte) family);
    memory.set(JAVA_BYTE, at + 1, (byte) 0);
    memory.set(NET_SHORT, at + 2, (short) resource);
  }

  /** Begins a nested attribute; {@link #close(int)} ends it. */
  public int open(int type) {
    int at = reserve(4);
    memory.set(SHORT, at + 2, (short) (type | NESTED));
    return at;
  }

  /** Ends the nested attribute that {@link #open} began. */
  public void close(int nest) {
    memory.set(SHORT, nest, (short) (end - nest));
  }

  /** An attribute of 8 bits. */
  public void octet(int type, int value) {
    int at = attribute(type, 1);
    memory.set(JAVA_BYTE, at, (byte) value);
  }

  /** An attribute of 16 bits in network order. */
  public void netShort(int type, int value) {
    int at = attribute(type, 2);
    memory.set(NET_SHORT, at, (short) value);
  }

  /** An attribute of 32 bits in host order. */
  public void hostInt(int type, int value) {
    int at = attribute(type, 4);
    memory.set(INT, at, value);
  }

  /** An attribute of 32 bits in network order. */
  public void netInt(int type, int value) {
    int at = attribute(type, 4); // Before memory is read: it may be exchanged for a larger one.
    memory.set(NET_INT, at, value);
  }

  /** An attribute of 64 bits in network order. */
  public void netLong(int type, long value) {
    int at = attribute(type, 8);
    memory.set(NET_LONG, at, value);
  }

  /** An attribute of text with its final NUL. */
  public void text(int type, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    int at = attribute(type, bytes.length + 1);
    MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, at, bytes.length);
    memory.set(JAVA_BYTE, at + bytes.length, (byte) 0);
  }

  /** An attribute of bytes. */
  public void bytes(int type, byte[] value) {
    int at = attribute(type, value.length);
    MemorySegment.copy(value, 0, memory, JAVA_BYTE, at, value.length);
  }

  /** Bytes as they are: attributes that were written before. */
  public void raw(byte[] attributes) {
    int at = reserve(attributes.length);
    MemorySegment.copy(attributes, 0, memory, JAVA_BYTE, at, attributes.length);
  }

  /** What was written after the header of message {@code index}. */
  public Attributes attributes(int index, int fixed) {
    finish();
    int from = starts[index];
    return new Attributes(memory, from, from + HEADER + fixed, from + memory.get(INT, from));
  }

  /** Type of message {@code index}. */
  public int type(int index) {
    return Short.toUnsignedInt(memory.get(SHORT, starts[index] + 4));
  }

  /** The address family in the netfilter header of message {@code index}. */
  public int family(int index) {
    return Byte.toUnsignedInt(memory.get(JAVA_BYTE, starts[index] + HEADER));
  }

  /** The bytes from {@code from} to the end, for attributes that are written once and kept. */
  public byte[] copy(int from) {
    return memory.asSlice(from, end - from).toArray(JAVA_BYTE);
  }

  /** Completes lengths, and numbers the messages from {@code first}. */
  MemorySegment sealed(int first) {
    finish();
    for (int i = 0; i < count; i++) {
      memory.set(INT, starts[i] + 8, first + i);
    }
    return memory.asSlice(0, end);
  }

  private void finish() {
    if (count > 0) {
      int at = starts[count - 1];
      memory.set(INT, at, end - at);
    }
  }

  private int attribute(int type, int length) {
    int at = reserve(4 + length);
    memory.set(SHORT, at, (short) (4 + length));
    memory.set(SHORT, at + 2, (short) type);
    return at + 4;
  }

  /** Room for that many bytes, padded with zeros to a multiple of 4. */
  private int reserve(int bytes) {
    int at = end;
    int padded = (bytes + 3) & ~3;
    if (at + padded > memory.byteSize()) {
      grow(at + padded);
    }
    if (padded != bytes) {
      memory.set(INT, at + padded - 4, 0);
    }
    end = at + padded;
    return at;
  }

  private void grow(int needed) {
    var larger = Arena.ofShared();
    var copy = larger.allocate(Math.max(2L * memory.byteSize(), needed), 8);
    MemorySegment.copy(memory, 0, copy, 0, end);
    arena.close();
    arena = larger;
    memory = copy;
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    arena.close();
  }
}
