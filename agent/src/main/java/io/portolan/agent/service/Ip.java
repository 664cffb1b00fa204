package io.portolan.agent.service;

import org.jspecify.annotations.Nullable;

/**
 * An IP address as a value: no name is ever looked up.
 *
 * @param high the upper 64 bits of an IPv6 address, 0 for IPv4
 * @param low the lower 64 bits of an IPv6 address, or the 32 bits of an IPv4 address
 */
public record Ip(IpFamily family, long high, long low) implements Comparable<Ip> {

  /**
   * Reads {@code 10.0.0.1} or {@code fd00::1}.
   *
   * @throws IllegalArgumentException when the text is not a plain address (no zone, no prefix, no
   *     name)
   */
  public static Ip parse(String text) {
    return IpText.parse(text);
  }

  /** The address of 4 or 16 bytes in network order. */
  public static Ip of(byte[] bytes) {
    return switch (bytes.length) {
      case 4 -> new Ip(IpFamily.IPV4, 0, bits(bytes, 0, 4));
      case 16 -> new Ip(IpFamily.IPV6, bits(bytes, 0, 8), bits(bytes, 8, 16));
      default ->
          throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
    };
  }

  /** 4 or 16 bytes in network order. */
  public byte[] bytes() {
    int size = family == IpFamily.IPV4 ? 4 : 16;
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      int fromEnd = size - 1 - i;
      bytes[i] = (byte) (fromEnd >= 8 ? high >>> (8 * (fromEnd - 8)) : low >>> (8 * fromEnd));
    }
    return bytes;
  }

  // Written out, as in other keys of large maps: what the compiler makes of a record goes through
  // method handles, which are slow until C2 has seen to them, and the agent's JVM has none.
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Ip that
            && low == that.low
            && high == that.high
            && family == that.family);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * Long.hashCode(low) + Long.hashCode(high)) + family.hashCode();
  }

  @Override
  public int compareTo(Ip other) {
    int byFamily = family.compareTo(other.family);
    if (byFamily != 0) {
      return byFamily;
    }
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  /** The canonical text (RFC 5952). */
  @Override
  public String toString() {
    return IpText.format(this);
  }

  private static long bits(byte[] bytes, int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      value = value << 8 | (bytes[i] & 0xff);
    }
    return value;
  }
}
