package io.portolan.agent.others;

import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/** The network interfaces in the network namespace of the thread that opens it. */
final class Links implements AutoCloseable {
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_GETLINK = 18;
  private static final int IFLA_IFNAME = 3;

  /** Size of {@code struct ifinfomsg} in bytes; its second 32 bits are the index. */
  private static final int HEADER = 16;

  private final NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.ROUTE);
  private final NetlinkBuffer buffer = new NetlinkBuffer();

  /** Their indexes by their names. */
  Map<String, Integer> indexes() {
    buffer.clear();
    buffer.message(RTM_GETLINK, NetlinkBuffer.DUMP);
    buffer.raw(new byte[HEADER]);
    return socket.request(
        buffer,
        HEADER,
        HashMap::new,
        (into, type, family, attributes) -> {
          int index = attributes.headerInt(4);
          while (type == RTM_NEWLINK && attributes.next()) {
            if (attributes.type() == IFLA_IFNAME) {
              into.put(attributes.text(), index);
            }
          }
        });
  }

  /** Removes one. */
  void delete(int index) {
    buffer.clear();
    buffer.message(RTM_DELLINK, NetlinkBuffer.ACK);
    buffer.raw(ByteBuffer.allocate(HEADER).order(ByteOrder.nativeOrder()).putInt(4, index).array());
    socket.transact(buffer);
  }

  @Override
  public void close() {
    socket.close();
    buffer.close();
  }
}
