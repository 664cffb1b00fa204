package io.portolan.agent.watch;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Cuts the body of a watch into its events: each comes behind its length, four bytes, the highest
 * first.
 */
final class Frames {
  /** Far above what the API server stores of an object (1.5 MiB by etcd's default). */
  private static final int MOST = 16 << 20;

  private final Body body;
  private final byte[] head = new byte[4];
  private byte[] bytes = new byte[8 << 10];
  private int length;

  Frames(Body body) {
    this.body = body;
  }

  /**
   * Waits for the next event; false at the end of the body.
   *
   * @throws IOException if the body ends within an event or the length makes no sense
   */
  boolean next() throws IOException {
    if (!body.fill(head, 0, head.length)) {
      return false;
    }
    length = ByteBuffer.wrap(head).getInt();
    if (length < 0 || length > MOST) {
      throw new IOException("an event of " + Integer.toUnsignedString(length) + " bytes");
    }
    if (length > bytes.length) {
      bytes = new byte[Math.max(length, 2 * bytes.length)];
    }
    if (length > 0 && !body.fill(bytes, 0, length)) {
      throw new IOException("the answer ended before an event");
    }
    return true;
  }

  /** Holds the event from its first byte on, until {@link #next()}. */
  byte[] bytes() {
    return bytes;
  }

  /** Bytes of the event. */
  int length() {
    return length;
  }
}
