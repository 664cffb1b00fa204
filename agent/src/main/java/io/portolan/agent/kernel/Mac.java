package io.portolan.agent.kernel;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * An Ethernet address.
 *
 * @param bits the lower 48 hold it
 */
public record Mac(long bits) {
  /** 6 bytes in the order in which they are sent. */
  public byte[] bytes() {
    return Arrays.copyOfRange(ByteBuffer.allocate(8).putLong(bits).array(), 2, 8);
  }

  /** The address of these bytes. */
  static Mac of(byte[] bytes) {
    long bits = 0;
    for (byte each : bytes) {
      bits = bits << 8 | (each & 0xff);
    }
    return new Mac(bits);
  }
}
