package io.portolan.agent.kernel;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.time.Duration;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of the node's interfaces by which other hosts can reach it, as the kernel tells
 * over rtnetlink ({@code linux/rtnetlink.h}, {@code linux/if_addr.h}), in the network namespace of
 * the thread that opens it. Used by one thread at a time.
 *
 * <p>Left out are loopback and link-local addresses, of which every Pod's interface brings one, and
 * IPv6 addresses that cannot be used: those whose uniqueness is not known yet or was disproved, and
 * temporary ones that are on their way out.
 */
public final class NodeAddresses implements AutoCloseable {
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_DELADDR = 21;
  private static final int RTM_GETADDR = 22;
  private static final int RTNLGRP_IPV4_IFADDR = 5;
  private static final int RTNLGRP_IPV6_IFADDR = 9;

  /** Size of {@code struct ifaddrmsg} in bytes; its third byte are flags. */
  private static final int HEADER = 8;

  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_FLAGS = 8;

  private static final int TEMPORARY = 0x01;
  private static final int OPTIMISTIC = 0x04;
  private static final int DADFAILED = 0x08;
  private static final int DEPRECATED = 0x20;
  private static final int TENTATIVE = 0x40;

  private static final List<Cidr> NEVER =
      List.of(
          Cidr.parse("127.0.0.0/8"),
          Cidr.parse("169.254.0.0/16"),
          Cidr.parse("::1/128"),
          Cidr.parse("fe80::/10"));

  private final NetlinkSocket asking = NetlinkSocket.open(NetlinkSocket.ROUTE);
  private final NetlinkSocket hearing;
  private final NetlinkBuffer buffer = new NetlinkBuffer();

  private NodeAddresses() {
    try {
      hearing = NetlinkSocket.open(NetlinkSocket.ROUTE);
    } catch (RuntimeException e) {
      asking.close();
      buffer.close();
      throw e;
    }
    try {
      hearing.join(RTNLGRP_IPV4_IFADDR);
      hearing.join(RTNLGRP_IPV6_IFADDR);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Opens the way to the kernel; from now on {@link #changed} misses nothing.
   *
   * @throws SystemCallException when the kernel refuses
   */
  public static NodeAddresses open() {
    return new NodeAddresses();
  }

  /**
   * All addresses now, each once, sorted.
   *
   * @throws NetlinkException when the kernel refuses
   */
  public List<Ip> list() {
    buffer.clear();
    buffer.message(RTM_GETADDR, NetlinkBuffer.DUMP);
    buffer.raw(new byte[HEADER]);
    SortedSet<Ip> found =
        asking.request(
            buffer,
            HEADER,
            TreeSet::new,
            (into, type, family, attributes) -> {
              Address address = type == RTM_NEWADDR ? read(attributes) : null;
              if (address != null && address.usable()) {
                into.add(address.ip());
              }
            });
    return List.copyOf(found);
  }

  /**
   * Waits for a change, at most so long, and takes all changes that are there.
   *
   * @return whether {@link #list} may be another now
   * @throws SystemCallException when the kernel refuses
   */
  public boolean changed(Duration wait) {
    var relevant = new boolean[1];
    try {
      hearing.hear(
          wait,
          HEADER,
          relevant,
          (into, type, family, attributes) -> {
            if (type == RTM_NEWADDR || type == RTM_DELADDR) {
              into[0] |= read(attributes) != null;
            }
          });
    } catch (NetlinkException e) {
      if (!e.errno().equals(Errno.ENOBUFS)) {
        throw e;
      }
      relevant[0] = true; // What was lost may have mattered.
    }
    return relevant[0];
  }

  @Override
  public void close() {
    hearing.close();
    asking.close();
    buffer.close();
  }

  /** The address of a message, null when it never matters. */
  private static @Nullable Address read(Attributes attributes) {
    Ip ip = null;
    int flags = attributes.headerByte(2);
    while (attributes.next()) {
      switch (attributes.type()) {
        // On a link between two hosts IFA_ADDRESS is the other end's, and IFA_LOCAL the own.
        case IFA_LOCAL -> ip = Ip.of(attributes.bytes());
        case IFA_ADDRESS -> ip = ip == null ? Ip.of(attributes.bytes()) : ip;
        case IFA_FLAGS -> flags = attributes.hostInt();
        default -> {}
      }
    }
    Ip found = ip;
    return found == null || NEVER.stream().anyMatch(range -> range.contains(found))
        ? null
        : new Address(found, flags);
  }

  private record Address(Ip ip, int flags) {
    /** The flags speak of IPv6; for IPv4 the first means a second address of a network. */
    boolean usable() {
      if (ip.family() == IpFamily.IPV4) {
        return true;
      }
      boolean unproven = has(TENTATIVE) && !has(OPTIMISTIC);
      boolean fading = has(TEMPORARY) && has(DEPRECATED);
      return !unproven && !fading && !has(DADFAILED);
    }

    private boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }
}
