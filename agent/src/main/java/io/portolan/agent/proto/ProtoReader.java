package io.portolan.agent.proto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one message of protobuf's wire format, field by field, from a range of an array that it
 * neither copies nor keeps. After each {@link #next()} that is true, exactly one of the methods
 * that take the field's value is called.
 *
 * <p>Every method throws {@link ProtoException} where the bytes end too early or make no sense, and
 * every {@link #next()} goes at least a byte on, so that a reader always comes to an end.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">the format</a>
 */
public final class ProtoReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int DELIMITED = 2;
  private static final int FIXED32 = 5;

  private final byte[] bytes;
  private final int end;
  private final String message;

  private int at;
  private int field;
  private int type;

  /**
   * @param from first byte of the message
   * @param to behind its last byte
   * @param message what it is, for complaints
   */
  public ProtoReader(byte[] bytes, int from, int to, String message) {
    if (from < 0 || to < from || to > bytes.length) {
      throw new IllegalArgumentException(from + " to " + to + " of " + bytes.length + " bytes");
    }
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.message = message;
  }

  /** Goes to the next field; false at the end. */
  public boolean next() {
    if (at == end) {
      return false;
    }
    field = 0;
    long tag = varint("a tag");
    type = (int) tag & 7;
    if (tag >>> 3 == 0 || tag >>> 3 > 0x1fff_ffff) {
      throw new ProtoException(message + ": " + (tag >>> 3) + " is no number of a field");
    }
    field = (int) (tag >>> 3);
    return true;
  }

  /** The number of the present field. */
  public int field() {
    return field;
  }

  /** The value of a field of type bool. */
  public boolean bool() {
    return int64() != 0;
  }

  /** The value of a field of type int32. */
  public int int32() {
    return (int) int64();
  }

  /** The value of a field of type int64. */
  public long int64() {
    expect(VARINT);
    return varint("a number");
  }

  /** The value of a field of type string. */
  public String string() {
    int length = length();
    String text = new String(bytes, at, length, StandardCharsets.UTF_8);
    at += length;
    return text;
  }

  /**
   * The value of a field that is a message, or bytes that hold one.
   *
   * @param name what it is, for complaints
   */
  public ProtoReader message(String name) {
    int length = length();
    at += length;
    return new ProtoReader(bytes, at - length, at, name);
  }

  /** Leaves out the value of a field, whatever it is. */
  public void skip() {
    switch (type) {
      case VARINT -> varint("a number");
      case FIXED64 -> go(8);
      case DELIMITED -> go(length());
      case FIXED32 -> go(4);
      default -> throw new ProtoException(where() + ": wire type " + type + " is unknown");
    }
  }

  /**
   * The value of a message that begins with a prefix.
   *
   * @throws ProtoException if it does not
   */
  ProtoReader after(byte[] prefix, String name) {
    if (end - at < prefix.length || !startsWith(prefix)) {
      throw new ProtoException(message + " does not begin as it should");
    }
    return new ProtoReader(bytes, at + prefix.length, end, name);
  }

  private boolean startsWith(byte[] prefix) {
    return Arrays.equals(bytes, at, at + prefix.length, prefix, 0, prefix.length);
  }

  private int length() {
    expect(DELIMITED);
    long length = varint("a length");
    if (length < 0 || length > end - at) {
      throw new ProtoException(
          where() + ": a length of " + length + " with " + (end - at) + " bytes left");
    }
    return (int) length;
  }

  private void go(int on) {
    if (end - at < on) {
      throw new ProtoException(
          where() + ": " + on + " bytes wanted, " + (end - at) + " bytes left");
    }
    at += on;
  }

  private long varint(String what) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == end) {
        throw new ProtoException(where() + ": the bytes end within " + what);
      }
      byte b = bytes[at++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new ProtoException(where() + ": " + what + " of more than 10 bytes");
  }

  private void expect(int wanted) {
    if (type != wanted) {
      throw new ProtoException(where() + ": wire type " + type + " in place of " + wanted);
    }
  }

  private String where() {
    return field == 0 ? message : message + ", field " + field;
  }
}
