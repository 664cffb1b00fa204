package io.portolan.agent.others;

import io.portolan.agent.service.Ip;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A TCP socket that listens, as a line of {@code /proc/net/tcp} or {@code tcp6} tells of it.
 *
 * @param address all zeros: every address of the node
 */
record Listener(Ip address, int port) {
  /** {@code TCP_LISTEN}. */
  private static final String LISTEN = "0A";

  private static final Pattern BLANKS = Pattern.compile(" +");

  /**
   * Reads a line. The kernel writes an address as words of 32 bits in the order of the machine,
   * which is little-endian wherever we run.
   *
   * @return null when it is of a socket that does not listen
   * @throws IllegalArgumentException when it is no such line
   */
  static @Nullable Listener read(String line) {
    String[] fields = BLANKS.split(line.strip(), -1);
    int colon = fields.length < 4 ? -1 : fields[1].indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("no line about a socket: " + line);
    }
    if (!fields[3].equals(LISTEN)) {
      return null;
    }
    byte[] words = HexFormat.of().parseHex(fields[1].substring(0, colon));
    var address = new byte[words.length];
    for (int i = 0; i < words.length; i++) {
      address[i] = words[(i & ~3) + 3 - (i & 3)];
    }
    return new Listener(Ip.of(address), Integer.parseInt(fields[1].substring(colon + 1), 16));
  }
}
