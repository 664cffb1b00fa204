package io.portolan.agent.vectors;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The first packet of a connection, seen on its way out of the node.
 *
 * @param payload of UDP; empty for others
 */
record Sighting(Protocol protocol, Ip from, int fromPort, Ip to, int toPort, String payload) {

  /** Reads a packet; null when it begins no connection. */
  static @Nullable Sighting read(RawSocket.Received packet) {
    byte[] b = packet.bytes().array();
    boolean v4 = packet.version() == 4;
    if (packet.version() == 0 || b.length < (v4 ? 20 : 40)) {
      return null;
    }
    int transport = v4 ? (b[0] & 0xf) * 4 : 40;
    int number = (v4 ? b[9] : b[6]) & 0xff;
    if (b.length < transport + 8) {
      return null;
    }
    Ip from = Ip.of(v4 ? Arrays.copyOfRange(b, 12, 16) : Arrays.copyOfRange(b, 8, 24));
    Ip to = Ip.of(v4 ? Arrays.copyOfRange(b, 16, 20) : Arrays.copyOfRange(b, 24, 40));
    int fromPort = port(b, transport);
    int toPort = port(b, transport + 2);
    return switch (number) {
      case 6 ->
          b.length > transport + 13 && (b[transport + 13] & 0x12) == 0x02 // SYN without ACK
              ? new Sighting(Protocol.TCP, from, fromPort, to, toPort, "")
              : null;
      case 17 ->
          new Sighting(
              Protocol.UDP,
              from,
              fromPort,
              to,
              toPort,
              new String(b, transport + 8, b.length - transport - 8, StandardCharsets.UTF_8));
      case Sctp.PROTOCOL -> {
        Sctp.Packet chunk = Sctp.read(b, transport);
        yield chunk != null && chunk.init()
            ? new Sighting(Protocol.SCTP, from, fromPort, to, toPort, "")
            : null;
      }
      default -> null;
    };
  }

  private static int port(byte[] b, int at) {
    return (b[at] & 0xff) << 8 | (b[at + 1] & 0xff);
  }

  @Override
  public String toString() {
    return protocol + " " + from + " port " + fromPort + " to " + to + " port " + toPort;
  }
}
