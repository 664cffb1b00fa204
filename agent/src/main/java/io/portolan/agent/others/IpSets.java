package io.portolan.agent.others;

import io.portolan.agent.kernel.Errno;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkException;
import io.portolan.agent.kernel.NetlinkSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * The ipsets in the network namespace of the thread that opens it ({@code
 * linux/netfilter/ipset/ip_set.h}).
 */
final class IpSets implements AutoCloseable {
  /** {@code NFNL_SUBSYS_IPSET}. */
  private static final int SUBSYSTEM = 6;

  private static final int PROTOCOL = 6;
  private static final int DESTROY = 3;
  private static final int LIST = 7;
  private static final int ATTR_PROTOCOL = 1;
  private static final int ATTR_SETNAME = 2;
  private static final int ATTR_FLAGS = 6;

  /** {@code IPSET_FLAG_LIST_SETNAME}: names alone. */
  private static final int NAMES = 2;

  private static final int AF_INET = 2;

  /** {@code IPSET_ERR_BUSY}: a rule still asks the set. */
  private static final Errno IN_USE = new Errno(4100);

  private final NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.NETFILTER);
  private final NetlinkBuffer buffer = new NetlinkBuffer();

  /** All names. Where the kernel has not loaded ipset it is not made to do so. */
  Set<String> names() {
    if (!Files.exists(Path.of("/sys/module/ip_set"))) {
      return Set.of();
    }
    begin(LIST, NetlinkBuffer.DUMP);
    buffer.netInt(ATTR_FLAGS, NAMES);
    return socket.request(
        buffer,
        HashSet::new,
        (into, type, family, attributes) -> {
          while (attributes.next()) {
            if (attributes.type() == ATTR_SETNAME) {
              into.add(attributes.text());
            }
          }
        });
  }

  /**
   * Removes a set.
   *
   * @return false when a rule still asks it
   * @throws NetlinkException when the kernel refuses for another reason
   */
  boolean destroyed(String name) {
    begin(DESTROY, NetlinkBuffer.ACK);
    buffer.text(ATTR_SETNAME, name);
    try {
      socket.transact(buffer);
      return true;
    } catch (NetlinkException e) {
      if (e.errno().equals(Errno.ENOENT)) {
        return true;
      }
      if (e.errno().equals(Errno.EBUSY) || e.errno().equals(IN_USE)) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    socket.close();
    buffer.close();
  }

  private void begin(int command, int flags) {
    buffer.clear();
    buffer.message(SUBSYSTEM << 8 | command, flags);
    buffer.netfilterHeader(AF_INET, 0);
    buffer.octet(ATTR_PROTOCOL, PROTOCOL);
  }
}
