package io.portolan.agent.others;

import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The virtual servers of IPVS in the network namespace of the calling thread. */
final class VirtualServers {
  private static final Path LIST = Path.of("/proc/thread-self/net/ip_vs");
  private static final List<String> BEGINNINGS = List.of("TCP ", "UDP ", "SCTP ", "FWM ");

  /** Of generic netlink ({@code linux/genetlink.h}). */
  private static final int GENERIC = 16;

  private static final int CONTROL = 0x10;
  private static final byte GETFAMILY = 3;
  private static final int FAMILY_ID = 1;
  private static final int FAMILY_NAME = 2;

  /** Size of {@code struct genlmsghdr} in bytes: a command, a version, and nothing. */
  private static final int HEADER = 4;

  /** {@code IPVS_CMD_FLUSH} of {@code linux/ip_vs.h}. */
  private static final byte FLUSH = 17;

  private VirtualServers() {}

  /** How many there are; 0 where the kernel has no IPVS. */
  static int count() {
    try (Stream<String> lines = Files.lines(LIST)) {
      return (int) lines.filter(line -> BEGINNINGS.stream().anyMatch(line::startsWith)).count();
    } catch (IOException | java.io.UncheckedIOException e) {
      return 0;
    }
  }

  /** Removes all of them. */
  static void flush() {
    try (var socket = NetlinkSocket.open(GENERIC);
        var buffer = new NetlinkBuffer()) {
      buffer.message(CONTROL, NetlinkBuffer.ACK);
      buffer.raw(new byte[] {GETFAMILY, 1, 0, 0});
      buffer.text(FAMILY_NAME, "IPVS");
      int[] family =
          socket.request(
              buffer,
              HEADER,
              () -> new int[1],
              (into, type, command, attributes) -> {
                while (attributes.next()) {
                  if (attributes.type() == FAMILY_ID) {
                    into[0] =
                        ByteBuffer.wrap(attributes.bytes())
                            .order(ByteOrder.nativeOrder())
                            .getShort();
                  }
                }
              });
      buffer.clear();
      buffer.message(family[0], NetlinkBuffer.ACK);
      buffer.raw(new byte[] {FLUSH, 1, 0, 0});
      socket.transact(buffer);
    }
  }
}
