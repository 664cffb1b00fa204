package io.portolan.agent.vectors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The first two packets of an SCTP association (RFC 9260), which is all that NAT sees of a new one.
 * The kernel here has no SCTP sockets, only connection tracking for it.
 */
final class Sctp {
  static final int PROTOCOL = 132;

  private static final int HEADER = 12;
  private static final int INIT = 1;
  private static final int INIT_ACK = 2;
  private static final int CHUNK = 20;
  private static final int STATE_COOKIE = 7;

  private Sctp() {}

  /**
   * A packet with one chunk.
   *
   * @param tag initiate tag of the chunk, which tells one association from others
   * @param text of the state cookie of an INIT ACK; empty for an INIT
   */
  record Packet(int fromPort, int toPort, boolean init, int tag, String text) {
    /** The INIT ACK to an INIT. */
    Packet answer(String words) {
      return new Packet(/* fromPort= */ toPort, /* toPort= */ fromPort, false, tag, words);
    }

    /**
     * The packet without its network header.
     *
     * @param verification tag that the other side expects; 0 in an INIT
     */
    byte[] bytes(int verification) {
      byte[] cookie = text.getBytes(StandardCharsets.UTF_8);
      int parameter = cookie.length == 0 ? 0 : 4 + cookie.length;
      int padded = (parameter + 3) / 4 * 4;
      var out = ByteBuffer.allocate(HEADER + CHUNK + padded);
      out.putShort((short) fromPort).putShort((short) toPort).putInt(verification).putInt(0);
      out.put((byte) (init ? INIT : INIT_ACK)).put((byte) 0).putShort((short) (CHUNK + parameter));
      out.putInt(tag).putInt(65536).putShort((short) 1).putShort((short) 1).putInt(1);
      if (parameter > 0) {
        out.putShort((short) STATE_COOKIE).putShort((short) parameter).put(cookie);
      }
      var sum = new CRC32C();
      sum.update(out.array());
      out.order(ByteOrder.LITTLE_ENDIAN).putInt(8, (int) sum.getValue());
      return out.array();
    }
  }

  /** Reads a packet; null when it is none of those two or its checksum is wrong. */
  static @Nullable Packet read(byte[] bytes, int from) {
    if (bytes.length < from + HEADER + CHUNK) {
      return null;
    }
    var in = ByteBuffer.wrap(bytes, from, bytes.length - from).slice();
    int sent = in.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(8);
    byte[] copy = new byte[in.remaining()];
    in.duplicate().get(copy);
    for (int i = 8; i < 12; i++) {
      copy[i] = 0;
    }
    var sum = new CRC32C();
    sum.update(copy);
    int type = in.get(HEADER);
    if ((int) sum.getValue() != sent || (type != INIT && type != INIT_ACK)) {
      return null;
    }
    String text = "";
    int cookie = HEADER + CHUNK;
    if (type == INIT_ACK && in.capacity() >= cookie + 4 && in.getShort(cookie) == STATE_COOKIE) {
      text = new String(copy, cookie + 4, in.getShort(cookie + 2) - 4, StandardCharsets.UTF_8);
    }
    return new Packet(
        in.getShort(0) & 0xffff,
        in.getShort(2) & 0xffff,
        type == INIT,
        in.getInt(HEADER + 4),
        text);
  }
}
