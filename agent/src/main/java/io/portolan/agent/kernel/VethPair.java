package io.portolan.agent.kernel;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Two virtual interfaces of this node that are joined by a wire ({@code linux/if_link.h}, {@code
 * linux/veth.h}), both in the network namespace of the thread that makes them. What is sent on the
 * inner one enters the node by the outer one, as a Pod's packets do. Neither has an address. Used
 * by one thread at a time.
 */
public final class VethPair implements AutoCloseable {
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_GETLINK = 18;
  private static final int RTM_SETLINK = 19;
  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_NEWNEIGH = 28;

  /** Size of {@code struct ifinfomsg} in bytes; at 4 the index, at 8 the flags. */
  private static final int LINK_HEADER = 16;

  private static final int IFF_UP = 1;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_OPERSTATE = 16;
  private static final int IF_OPER_UP = 6;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_INFO_DATA = 2;
  private static final int IFLA_IFALIAS = 20;
  private static final int IFLA_AF_SPEC = 26;
  private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
  private static final int IN6_ADDR_GEN_MODE_NONE = 1;
  private static final int VETH_INFO_PEER = 1;
  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int NDA_DST = 1;
  private static final int NDA_LLADDR = 2;
  private static final int NUD_PERMANENT = 0x80;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int RT_TABLE_MAIN = 254;
  private static final int RTPROT_STATIC = 4;
  private static final int RT_SCOPE_UNIVERSE = 0;
  private static final int RT_SCOPE_LINK = 253;
  private static final int RTN_UNICAST = 1;

  /** The kernel looks at wires that were plugged in once a second. */
  private static final Duration PLUGGED = Duration.ofSeconds(3);

  private final NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.ROUTE);
  private final NetlinkBuffer buffer = new NetlinkBuffer();
  private int outer;
  private int inner;

  /**
   * One end of the wire.
   *
   * @param name at most 15 bytes
   * @param mac by it one finds again what one has made
   */
  public record End(String name, Mac mac) {}

  private record Found(int index, String kind, Mac mac, boolean operating) {}

  private VethPair(End outside, End inside, String purpose) {
    try {
      clear(outside);
      clear(inside);
      create(outside, inside);
      outer = index(outside.name());
      try {
        inner = index(inside.name());
        for (int each : new int[] {outer, inner}) {
          silence(each, purpose);
        }
        up();
        awaitOperating(outside.name(), inside.name());
      } catch (RuntimeException e) {
        remove();
        throw e;
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Makes a pair, in place of one that an agent before has left; both ends are up when this
   * returns, which may take a second.
   *
   * @param purpose for people, shown by {@code ip link}
   * @throws IllegalStateException when an interface of that name is there that is none of ours; it
   *     stays as it is
   * @throws NetlinkException when the kernel refuses
   */
  public static VethPair create(End outside, End inside, String purpose) {
    return new VethPair(outside, inside, purpose);
  }

  /** Index of the end for {@link PacketSocket}. */
  public int inner() {
    return inner;
  }

  /**
   * Makes the node send what is for an address out of the outer end, in frames for {@code mac}.
   * Does nothing where it does so already.
   *
   * @return whether anything of it was missing
   * @throws NetlinkException when the kernel refuses, such as because the pair is gone
   */
  public boolean lead(Ip address, Mac mac) {
    up();
    boolean v4 = address.family() == IpFamily.IPV4;
    buffer.clear();
    buffer.message(RTM_NEWROUTE, NetlinkBuffer.ACK | NetlinkBuffer.CREATE | NetlinkBuffer.EXCL);
    buffer.raw(
        ByteBuffer.allocate(12)
            .put((byte) (v4 ? AF_INET : AF_INET6))
            .put((byte) (v4 ? 32 : 128))
            .putShort((short) 0)
            .put((byte) RT_TABLE_MAIN)
            .put((byte) RTPROT_STATIC)
            .put((byte) (v4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE))
            .put((byte) RTN_UNICAST)
            .array());
    buffer.bytes(RTA_DST, address.bytes());
    buffer.hostInt(RTA_OIF, outer);
    boolean route = made();
    buffer.clear();
    buffer.message(RTM_NEWNEIGH, NetlinkBuffer.ACK | NetlinkBuffer.CREATE | NetlinkBuffer.EXCL);
    buffer.raw(
        ByteBuffer.allocate(12)
            .order(ByteOrder.nativeOrder())
            .putInt(v4 ? AF_INET : AF_INET6)
            .putInt(outer)
            .putShort((short) NUD_PERMANENT)
            .array());
    buffer.bytes(NDA_DST, address.bytes());
    buffer.bytes(NDA_LLADDR, mac.bytes());
    return made() || route;
  }

  /** Takes the pair out of the kernel, and with it its routes; one that is gone is no failure. */
  public void remove() {
    delete(outer);
  }

  /** Closes the way to the kernel; the pair stays. */
  @Override
  public void close() {
    netlink.close();
    buffer.close();
  }

  private void clear(End end) {
    Found found = find(end.name());
    if (found == null) {
      return;
    }
    if (!found.kind().equals("veth") || !found.mac().equals(end.mac())) {
      throw new IllegalStateException("the interface " + end.name() + " is not ours");
    }
    delete(found.index());
  }

  private void create(End outside, End inside) {
    buffer.clear();
    buffer.message(RTM_NEWLINK, NetlinkBuffer.ACK | NetlinkBuffer.CREATE | NetlinkBuffer.EXCL);
    buffer.raw(link(0, 0));
    describe(outside);
    int info = buffer.open(IFLA_LINKINFO);
    buffer.text(IFLA_INFO_KIND, "veth");
    int data = buffer.open(IFLA_INFO_DATA);
    int peer = buffer.open(VETH_INFO_PEER);
    buffer.raw(link(0, 0));
    describe(inside);
    buffer.close(peer);
    buffer.close(data);
    buffer.close(info);
    netlink.transact(buffer);
  }

  private void describe(End end) {
    buffer.text(IFLA_IFNAME, end.name());
    buffer.bytes(IFLA_ADDRESS, end.mac().bytes());
  }

  /** Keeps IPv6 from giving the end an address, of which the node would then speak. */
  private void silence(int index, String purpose) {
    buffer.clear();
    buffer.message(RTM_SETLINK, NetlinkBuffer.ACK);
    buffer.raw(link(index, 0));
    buffer.text(IFLA_IFALIAS, purpose);
    netlink.transact(buffer);
    buffer.clear();
    buffer.message(RTM_SETLINK, NetlinkBuffer.ACK);
    buffer.raw(link(index, 0));
    int families = buffer.open(IFLA_AF_SPEC);
    int ipv6 = buffer.open(AF_INET6);
    buffer.octet(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    buffer.close(ipv6);
    buffer.close(families);
    // A kernel without IPv6 refuses, and gives no address either.
    netlink.refusals(buffer);
  }

  private void up() {
    buffer.clear();
    for (int each : new int[] {outer, inner}) {
      buffer.message(RTM_SETLINK, NetlinkBuffer.ACK);
      buffer.raw(link(each, IFF_UP));
    }
    netlink.transact(buffer);
  }

  /** Until then the kernel throws away what it shall send. */
  private void awaitOperating(String... names) {
    long end = System.nanoTime() + PLUGGED.toNanos();
    for (String name : names) {
      Found found = find(name);
      while (found == null || !found.operating()) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException(name + " is not up after " + PLUGGED.toSeconds() + " s");
        }
        LockSupport.parkNanos(10_000_000);
        found = find(name);
      }
    }
  }

  /** Sends the one message in the buffer; false when the kernel had what it asks for. */
  private boolean made() {
    try {
      netlink.transact(buffer);
      return true;
    } catch (NetlinkException e) {
      if (e.errno().equals(Errno.EEXIST)) {
        return false;
      }
      throw e;
    }
  }

  private int index(String name) {
    Found found = find(name);
    if (found == null) {
      throw new IllegalStateException("the interface " + name + " has gone again");
    }
    return found.index();
  }

  private @Nullable Found find(String name) {
    buffer.clear();
    buffer.message(RTM_GETLINK, NetlinkBuffer.ACK);
    buffer.raw(link(0, 0));
    buffer.text(IFLA_IFNAME, name);
    try {
      Found[] found =
          netlink.request(
              buffer,
              LINK_HEADER,
              () -> new Found[1],
              (into, type, family, attributes) -> {
                if (type == RTM_NEWLINK) {
                  into[0] = read(attributes);
                }
              });
      return found[0];
    } catch (NetlinkException e) {
      if (e.errno().equals(Errno.ENODEV)) {
        return null;
      }
      throw e;
    }
  }

  private static Found read(Attributes attributes) {
    int index = attributes.headerInt(4);
    String kind = "";
    boolean operating = false;
    var mac = new Mac(0);
    while (attributes.next()) {
      if (attributes.type() == IFLA_ADDRESS) {
        mac = Mac.of(attributes.bytes());
      } else if (attributes.type() == IFLA_OPERSTATE) {
        operating = attributes.octet() == IF_OPER_UP;
      } else if (attributes.type() == IFLA_LINKINFO) {
        Attributes info = attributes.nested();
        while (info.next()) {
          kind = info.type() == IFLA_INFO_KIND ? info.text() : kind;
        }
      }
    }
    return new Found(index, kind, mac, operating);
  }

  private void delete(int index) {
    buffer.clear();
    buffer.message(RTM_DELLINK, NetlinkBuffer.ACK);
    buffer.raw(link(index, 0));
    try {
      netlink.transact(buffer);
    } catch (NetlinkException e) {
      if (!e.errno().equals(Errno.ENODEV)) {
        throw e;
      }
    }
  }

  /** {@code struct ifinfomsg}, with the flags that shall be set. */
  private static byte[] link(int index, int flags) {
    return ByteBuffer.allocate(LINK_HEADER)
        .order(ByteOrder.nativeOrder())
        .putInt(0)
        .putInt(index)
        .putInt(flags)
        .putInt(flags)
        .array();
  }
}
