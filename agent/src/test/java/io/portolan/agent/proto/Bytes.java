package io.portolan.agent.proto;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Writes messages of protobuf; with a source of chance, with unknown fields between the others. */
final class Bytes {
  /** No message that is read has a field of so high a number. */
  private static final int UNKNOWN = 100;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Random noise;
  private final boolean noisy;

  private Bytes(Random noise, boolean noisy) {
    this.noise = noise;
    this.noisy = noisy;
  }

  static Bytes plain() {
    return new Bytes(new Random(0), false);
  }

  static Bytes noisy(Random noise) {
    return new Bytes(noise, true);
  }

  /** An empty message of the same sort. */
  Bytes inner() {
    return new Bytes(noise, noisy);
  }

  Bytes number(int field, long value) {
    unknown();
    varint((long) field << 3);
    varint(value);
    return this;
  }

  Bytes text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  Bytes message(int field, Bytes value) {
    return bytes(field, value.array());
  }

  Bytes entry(int field, String key, String value) {
    return message(field, inner().text(1, key).text(2, value));
  }

  Bytes bytes(int field, byte[] value) {
    unknown();
    delimited(field, value);
    return this;
  }

  byte[] array() {
    unknown();
    return out.toByteArray();
  }

  private void unknown() {
    while (noisy && noise.nextInt(3) == 0) {
      int field = UNKNOWN + noise.nextInt(0x1fff_ffff - UNKNOWN);
      switch (noise.nextInt(4)) {
        case 0 -> {
          varint((long) field << 3);
          varint(noise.nextLong());
        }
        case 1 -> {
          varint((long) field << 3 | 1);
          out.writeBytes(new byte[8]);
        }
        case 2 -> {
          byte[] value = new byte[noise.nextInt(300)];
          noise.nextBytes(value);
          delimited(field, value);
        }
        default -> {
          varint((long) field << 3 | 5);
          out.writeBytes(new byte[4]);
        }
      }
    }
  }

  private void delimited(int field, byte[] value) {
    varint((long) field << 3 | 2);
    varint(value.length);
    out.writeBytes(value);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }
}
