package io.portolan.agent.kernel;

import java.nio.ByteOrder;

/**
 * Numbers in arrays of bytes. Plain arithmetic: access to memory segments and by var handles costs
 * a chain of calls until the JVM's optimizing compiler takes it apart, which the agent's JVM is
 * started without.
 */
final class Octets {
  private static final boolean BIG = ByteOrder.nativeOrder().equals(ByteOrder.BIG_ENDIAN);

  private Octets() {}

  /** 8 bits, from 0 to 255. */
  static int octet(byte[] in, int at) {
    return in[at] & 0xff;
  }

  /** 16 bits in network order, from 0 to 65535. */
  static int netShort(byte[] in, int at) {
    return (in[at] & 0xff) << 8 | (in[at + 1] & 0xff);
  }

  /** 16 bits in host order, from 0 to 65535. */
  static int hostShort(byte[] in, int at) {
    return BIG ? netShort(in, at) : (in[at + 1] & 0xff) << 8 | (in[at] & 0xff);
  }

  /** 32 bits in network order. */
  static int netInt(byte[] in, int at) {
    return in[at] << 24
        | (in[at + 1] & 0xff) << 16
        | (in[at + 2] & 0xff) << 8
        | (in[at + 3] & 0xff);
  }

  /** 32 bits in host order. */
  static int hostInt(byte[] in, int at) {
    int value = netInt(in, at);
    return BIG ? value : Integer.reverseBytes(value);
  }

  /** 64 bits in network order. */
  static long netLong(byte[] in, int at) {
    return (long) netInt(in, at) << 32 | (netInt(in, at + 4) & 0xffffffffL);
  }

  /** Writes 16 bits in network order. */
  static void netShort(byte[] into, int at, int value) {
    into[at] = (byte) (value >> 8);
    into[at + 1] = (byte) value;
  }

  /** Writes 16 bits in host order. */
  static void hostShort(byte[] into, int at, int value) {
    netShort(into, at, BIG ? value : (value & 0xff) << 8 | (value >> 8 & 0xff));
  }

  /** Writes 32 bits in network order. */
  static void netInt(byte[] into, int at, int value) {
    into[at] = (byte) (value >> 24);
    into[at + 1] = (byte) (value >> 16);
    into[at + 2] = (byte) (value >> 8);
    into[at + 3] = (byte) value;
  }

  /** Writes 32 bits in host order. */
  static void hostInt(byte[] into, int at, int value) {
    netInt(into, at, BIG ? value : Integer.reverseBytes(value));
  }

  /** Writes 64 bits in network order. */
  static void netLong(byte[] into, int at, long value) {
    netInt(into, at, (int) (value >> 32));
    netInt(into, at + 4, (int) value);
  }
}
