package io.portolan.agent.probe;

import io.portolan.agent.kernel.Mac;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A TCP segment without data, and the Ethernet frame that carries it (RFC 9293, RFC 791, RFC 8200).
 *
 * @param sourcePort 1 to 65535
 * @param destinationPort 1 to 65535
 * @param sequence 32 bits
 * @param acknowledgement 32 bits; says nothing without {@link #ACK}
 */
record Segment(
    Ip source,
    int sourcePort,
    Ip destination,
    int destinationPort,
    int sequence,
    int acknowledgement,
    int flags) {
  static final int SYN = 0x02;
  static final int RST = 0x04;
  static final int ACK = 0x10;

  private static final int ETHERNET = 14;
  private static final int ETHERTYPE = 12;
  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int IPV4 = 20;
  private static final int IPV6 = 40;
  private static final int TCP = 20;
  private static final int PROTOCOL_TCP = 6;
  private static final int HOPS = 64;
  private static final int DONT_FRAGMENT = 0x4000;
  private static final int FRAGMENT = 0x3fff; // More fragments, or an offset.
  private static final int WINDOW = 64240;

  /** The segment that asks for a connection. */
  static Segment syn(Ip source, int sourcePort, Ip destination, int port, int sequence) {
    return new Segment(source, sourcePort, destination, port, sequence, 0, SYN);
  }

  /** The segment that ends what {@link #syn} began, once it was answered. */
  Segment reset() {
    return new Segment(source, sourcePort, destination, destinationPort, sequence + 1, 0, RST);
  }

  /** Whether this comes back on what {@code syn} asked for, whatever it says. */
  boolean answers(Segment syn) {
    return source.equals(syn.destination)
        && sourcePort == syn.destinationPort
        && destination.equals(syn.source)
        && destinationPort == syn.sourcePort
        && (flags & ACK) != 0
        && acknowledgement == syn.sequence + 1;
  }

  /** Whether the other side takes the connection. */
  boolean accepts() {
    return (flags & (SYN | ACK | RST)) == (SYN | ACK);
  }

  /** The whole frame. */
  byte[] frame(Mac to, Mac from) {
    boolean v4 = source.family() == IpFamily.IPV4;
    byte[] segment = segment();
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET + (v4 ? IPV4 : IPV6) + segment.length);
    frame.put(to.bytes()).put(from.bytes());
    frame.putShort((short) (v4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6));
    if (v4) {
      frame.put(ipv4(segment.length));
    } else {
      frame
          .putInt(6 << 28)
          .putShort((short) segment.length)
          .put((byte) PROTOCOL_TCP)
          .put((byte) HOPS)
          .put(source.bytes())
          .put(destination.bytes());
    }
    return frame.put(segment).array();
  }

  /**
   * Reads a frame. Checksums are not looked at: what the node itself sends over a wire that is none
   * has none yet.
   *
   * @return null when it is no TCP segment, or cut
   */
  static @Nullable Segment parse(byte[] frame) {
    if (frame.length < ETHERNET + 1) {
      return null;
    }
    var bytes = ByteBuffer.wrap(frame);
    return switch (Short.toUnsignedInt(bytes.getShort(ETHERTYPE))) {
      case ETHERTYPE_IPV4 -> {
        int header = (frame[ETHERNET] & 0x0f) * 4;
        yield frame.length < ETHERNET + header + TCP
                || header < IPV4
                || frame[ETHERNET + 9] != PROTOCOL_TCP
                || (bytes.getShort(ETHERNET + 6) & FRAGMENT) != 0
            ? null
            : read(bytes, ip(frame, 12, 4), ip(frame, 16, 4), ETHERNET + header);
      }
      case ETHERTYPE_IPV6 ->
          frame.length < ETHERNET + IPV6 + TCP || frame[ETHERNET + 6] != PROTOCOL_TCP
              ? null
              : read(bytes, ip(frame, 8, 16), ip(frame, 24, 16), ETHERNET + IPV6);
      default -> null;
    };
  }

  private static Segment read(ByteBuffer bytes, Ip source, Ip destination, int at) {
    return new Segment(
        source,
        Short.toUnsignedInt(bytes.getShort(at)),
        destination,
        Short.toUnsignedInt(bytes.getShort(at + 2)),
        bytes.getInt(at + 4),
        bytes.getInt(at + 8),
        bytes.get(at + 13) & 0x3f);
  }

  private static Ip ip(byte[] frame, int offset, int length) {
    return Ip.of(Arrays.copyOfRange(frame, ETHERNET + offset, ETHERNET + offset + length));
  }

  private byte[] ipv4(int payload) {
    ByteBuffer header =
        ByteBuffer.allocate(IPV4)
            .putShort((short) 0x4500)
            .putShort((short) (IPV4 + payload))
            .putShort((short) 0)
            .putShort((short) DONT_FRAGMENT)
            .put((byte) HOPS)
            .put((byte) PROTOCOL_TCP)
            .putShort((short) 0)
            .put(source.bytes())
            .put(destination.bytes());
    return header.putShort(10, (short) checksum(header.array())).array();
  }

  private byte[] segment() {
    ByteBuffer segment =
        ByteBuffer.allocate(TCP)
            .putShort((short) sourcePort)
            .putShort((short) destinationPort)
            .putInt(sequence)
            .putInt(acknowledgement)
            .put((byte) ((TCP / 4) << 4))
            .put((byte) flags)
            .putShort((short) WINDOW);
    // The pseudo-header of RFC 8200, 8.1; that of IPv4 has the same sum.
    byte[] from = source.bytes();
    ByteBuffer pseudo =
        ByteBuffer.allocate(2 * from.length + 8 + TCP)
            .put(from)
            .put(destination.bytes())
            .putInt(TCP)
            .putInt(PROTOCOL_TCP)
            .put(segment.array());
    return segment.putShort(16, (short) checksum(pseudo.array())).array();
  }

  /** RFC 1071, over an even number of bytes. */
  static int checksum(byte[] bytes) {
    int sum = 0;
    for (int i = 0; i < bytes.length; i += 2) {
      sum += (bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return ~sum & 0xffff;
  }
}
