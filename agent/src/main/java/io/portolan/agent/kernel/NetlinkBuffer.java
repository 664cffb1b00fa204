package io.portolan.agent.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Netlink messages in the order in which they are sent, each written into an array and then put
 * behind the others in native memory, which grows as needed (RFC 3549, {@code linux/netlink.h}).
 * Headers are in host order; the numbers of netfilter's attributes are in network order, so the
 * methods for them are named so.
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
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  /** The message that is being written. */
  private byte[] message = new byte[1 << 12];

  private int end;
  private boolean open;

  /** Those before it. */
  private Arena arena = Arena.ofShared();

  private MemorySegment complete = arena.allocate(KEPT, 8);
  private int completed;

  private int[] starts = new int[16];
  private int count;

  /** Forgets the messages, and gives back memory beyond what a usual change needs. */
  public void clear() {
    end = 0;
    open = false;
    completed = 0;
    count = 0;
    if (complete.byteSize() > KEPT) {
      arena.close();
      arena = Arena.ofShared();
      complete = arena.allocate(KEPT, 8);
      starts = new int[16];
    }
  }

  /** Number of messages. */
  public int count() {
    return count;
  }

  /** All messages together, in bytes. */
  public int size() {
    return completed + end;
  }

  /** Begins a message; it ends where the next one begins, or the buffer. */
  public void message(int type, int flags) {
    finish();
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
    }
    starts[count++] = completed;
    open = true;
    int at = reserve(HEADER);
    Octets.hostShort(message, at + 4, type);
    Octets.hostShort(message, at + 6, flags | REQUEST);
    Octets.hostInt(message, at + 8, 0);
    Octets.hostInt(message, at + 12, 0);
  }

  /** Adds flags to the last message, before anything reads it. */
  public void flags(int more) {
    Octets.hostShort(message, 6, Octets.hostShort(message, 6) | more);
  }

  /** {@code struct nfgenmsg}; {@code resource} in host order. */
  public void netfilterHeader(int family, int resource) {
    int at = reserve(4);
    message[at] = (byte) family;
    message[at + 1] = 0;
    Octets.netShort(message, at + 2, resource);
  }

  /** Begins a nested attribute; {@link #close(int)} ends it. */
  public int open(int type) {
    int at = reserve(4);
    Octets.hostShort(message, at + 2, type | NESTED);
    return at;
  }

  /** Bytes that were written since {@link #open}. */
  public int since(int nest) {
    return end - nest;
  }

  /** Ends the nested attribute that {@link #open} began. */
  public void close(int nest) {
    Octets.hostShort(message, nest, end - nest);
  }

  /** An attribute of 8 bits. */
  public void octet(int type, int value) {
    int at = attribute(type, 1); // Before the message is touched: it may move to a larger array.
    message[at] = (byte) value;
  }

  /** An attribute of 16 bits in network order. */
  public void netShort(int type, int value) {
    int at = attribute(type, 2);
    Octets.netShort(message, at, value);
  }

  /** An attribute of 32 bits in host order. */
  public void hostInt(int type, int value) {
    int at = attribute(type, 4);
    Octets.hostInt(message, at, value);
  }

  /** An attribute of 32 bits in network order. */
  public void netInt(int type, int value) {
    int at = attribute(type, 4);
    Octets.netInt(message, at, value);
  }

  /** An attribute of 64 bits in network order. */
  public void netLong(int type, long value) {
    int at = attribute(type, 8);
    Octets.netLong(message, at, value);
  }

  /** An attribute of text with its final NUL. */
  public void text(int type, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    int at = attribute(type, bytes.length + 1);
    System.arraycopy(bytes, 0, message, at, bytes.length);
    message[at + bytes.length] = 0;
  }

  /** An attribute of bytes. */
  public void bytes(int type, byte[] value) {
    int at = attribute(type, value.length);
    System.arraycopy(value, 0, message, at, value.length);
  }

  /** Bytes as they are: attributes that were written before. */
  public void raw(byte[] attributes) {
    int at = reserve(attributes.length);
    System.arraycopy(attributes, 0, message, at, attributes.length);
  }

  /** What was written after the header of message {@code index}. */
  public Attributes attributes(int index, int fixed) {
    finish();
    int from = starts[index];
    int length = complete.get(INT, from);
    byte[] copy = complete.asSlice(from, length).toArray(JAVA_BYTE);
    return new Attributes(copy, 0, HEADER + fixed, length);
  }

  /** Type of message {@code index}. */
  public int type(int index) {
    finish();
    return Short.toUnsignedInt(complete.get(ValueLayout.JAVA_SHORT_UNALIGNED, starts[index] + 4));
  }

  /** The address family in the netfilter header of message {@code index}. */
  public int family(int index) {
    finish();
    return Byte.toUnsignedInt(complete.get(JAVA_BYTE, starts[index] + HEADER));
  }

  /** Attributes that were written into no message, to be kept. */
  public byte[] copy() {
    return Arrays.copyOf(message, end);
  }

  /** Completes lengths, and numbers the messages from {@code first}. */
  MemorySegment sealed(int first) {
    finish();
    for (int i = 0; i < count; i++) {
      complete.set(INT, starts[i] + 8, first + i);
    }
    return complete.asSlice(0, completed);
  }

  private void finish() {
    if (open) {
      Octets.hostInt(message, 0, end);
      if (completed + end > complete.byteSize()) {
        grow(completed + end);
      }
      MemorySegment.copy(message, 0, complete, JAVA_BYTE, completed, end);
      completed += end;
      open = false;
    }
    end = 0;
  }

  private int attribute(int type, int length) {
    int at = reserve(4 + length);
    Octets.hostShort(message, at, 4 + length);
    Octets.hostShort(message, at + 2, type);
    return at + 4;
  }

  /** Room for that many bytes, padded with zeros to a multiple of 4. */
  private int reserve(int bytes) {
    int at = end;
    int padded = (bytes + 3) & ~3;
    if (at + padded > message.length) {
      message = Arrays.copyOf(message, Math.max(2 * message.length, at + padded));
    }
    for (int i = at + bytes; i < at + padded; i++) {
      message[i] = 0;
    }
    end = at + padded;
    return at;
  }

  private void grow(int needed) {
    var larger = Arena.ofShared();
    var copy = larger.allocate(Math.max(2L * complete.byteSize(), needed), 8);
    MemorySegment.copy(complete, 0, copy, 0, completed);
    arena.close();
    arena = larger;
    complete = copy;
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    arena.close();
  }
}
