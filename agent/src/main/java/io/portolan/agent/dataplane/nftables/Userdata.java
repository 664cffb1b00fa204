package io.portolan.agent.dataplane.nftables;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What hangs on tables, sets, rules and elements for people and for us: type, length, value, a byte
 * each for the first two (libnftnl's format). Type 0 is the comment that nft prints, except on sets
 * where it is 7. Type {@value #MARK} is ours; nft passes over it.
 */
final class Userdata {
  private static final int COMMENT = 0;
  private static final int SET_KEY_ORDER = 0;
  private static final int SET_DATA_ORDER = 1;
  private static final int SET_COMMENT = 7;
  private static final int MARK = 0x50;
  private static final int BIG_ENDIAN = 2;

  /** On elements that have no comment. */
  static final byte[] OURS = {MARK, 0};

  private Userdata() {}

  /** Of a table: the comment. */
  static byte[] table(String comment) {
    return joined(value(COMMENT, text(comment)));
  }

  /** Of an element: the comment, and that it is ours. */
  static byte[] element(String comment) {
    return joined(value(COMMENT, text(comment)), OURS);
  }

  /** Of a rule: the comment, and a fingerprint of the rule as we wrote it. */
  static byte[] rule(String comment, long fingerprint) {
    byte[] number = ByteBuffer.allocate(8).putLong(fingerprint).array();
    return joined(value(COMMENT, text(comment)), value(MARK, number));
  }

  /** Of a set: the byte orders that nft needs to print numbers, and the comment. */
  static byte[] set(NamedSet set) {
    return joined(
        value(SET_KEY_ORDER, Element.mark(set.key().size() == 1 ? BIG_ENDIAN : 0)),
        value(SET_DATA_ORDER, Element.mark(0)),
        value(SET_COMMENT, text(set.comment())));
  }

  /** Whether the element or rule was written by us. */
  static boolean ours(byte[] userdata) {
    return find(userdata) != null;
  }

  /** The fingerprint of a rule; 0 when it has none. */
  static long fingerprint(byte[] userdata) {
    byte[] found = find(userdata);
    return found == null || found.length != 8 ? 0 : ByteBuffer.wrap(found).getLong();
  }

  private static byte @Nullable [] find(byte[] userdata) {
    int at = 0;
    while (at + 2 <= userdata.length) {
      int length = userdata[at + 1] & 0xff;
      if (userdata[at] == MARK && at + 2 + length <= userdata.length) {
        return Arrays.copyOfRange(userdata, at + 2, at + 2 + length);
      }
      at += 2 + length;
    }
    return null;
  }

  /** With the final NUL, cut to what the kernel takes (256 bytes for everything). */
  private static byte[] text(String comment) {
    byte[] bytes = comment.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, 230);
    return Arrays.copyOf(Arrays.copyOf(bytes, length), length + 1);
  }

  private static byte[] value(int type, byte[] value) {
    byte[] bytes = new byte[2 + value.length];
    bytes[0] = (byte) type;
    bytes[1] = (byte) value.length;
    System.arraycopy(value, 0, bytes, 2, value.length);
    return bytes;
  }

  private static byte[] joined(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
