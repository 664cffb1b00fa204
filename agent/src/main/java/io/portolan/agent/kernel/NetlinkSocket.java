package io.portolan.agent.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A netlink socket in the network namespace of the thread that opens it. Used by one thread at a
 * time.
 */
public final class NetlinkSocket implements AutoCloseable {
  /** {@code NETLINK_ROUTE}. */
  public static final int ROUTE = 0;

  /** {@code NETLINK_NETFILTER}. */
  public static final int NETFILTER = 12;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUF = 8;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_TRUNC = 0x20;

  /** Size of {@code struct nfgenmsg} in bytes. */
  private static final int NETFILTER_HEADER = 4;

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int NLM_F_DUMP_INTR = 0x10;
  private static final int NLM_F_CAPPED = 0x100;
  private static final int NLM_F_ACK_TLVS = 0x200;
  private static final int NLMSGERR_ATTR_MSG = 1;
  private static final int NLMSGERR_ATTR_OFFS = 2;

  private static final int RECEIVE_BUFFER = 8 << 20;
  private static final int SEND_BUFFER = 1 << 20;
  private static final int DATAGRAM = 1 << 18;
  private static final int ATTEMPTS = 10;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Arena arena = Arena.ofShared();
  private final LibC libc = new LibC(arena);
  private final MemorySegment datagram = arena.allocate(DATAGRAM, 8);

  /** The datagram that was received last. */
  private byte[] received = new byte[1 << 12];

  private final int fd;
  private int sendBuffer = 4 << 10; // Less than the kernel ever gives (SOCK_MIN_SNDBUF).
  private int sequence = 1;

  /** Takes each message of an answer; what it reads is valid during the call. */
  @FunctionalInterface
  public interface Receiver<T> {
    /**
     * Takes one.
     *
     * @param family the first byte of the protocol's header: an address family in all that we use
     */
    void take(T into, int type, int family, Attributes attributes);
  }

  private NetlinkSocket(int protocol) {
    fd = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
    try {
      var address = arena.allocate(12, 4); // struct sockaddr_nl, the kernel chooses the port
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
      libc.bind(fd, address);
      libc.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
      libc.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
      try {
        libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
      } catch (SystemCallException e) {
        // Without CAP_NET_ADMIN: as much as net.core.rmem_max allows.
        libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Opens a socket of a netlink protocol such as {@link #NETFILTER}.
   *
   * @throws SystemCallException when the kernel refuses
   */
  public static NetlinkSocket open(int protocol) {
    return new NetlinkSocket(protocol);
  }

  /**
   * Sends messages of which one asks for an acknowledgement, as one datagram, and waits for the
   * kernel's word. netlink handles requests inside {@code send}: when it returns, all answers are
   * there.
   *
   * @throws NetlinkException for the first message that the kernel refused
   */
  public void transact(NetlinkBuffer messages) {
    List<NetlinkException> refused = refusals(messages);
    if (!refused.isEmpty()) {
      throw refused.getFirst();
    }
  }

  /**
   * Does as {@link #transact} with messages that stand for themselves: that the kernel refuses one
   * keeps it from none of the others.
   *
   * @return what it refused, in the order of the messages
   */
  public List<NetlinkException> refusals(NetlinkBuffer messages) {
    int first = send(messages);
    int last = first + messages.count() - 1;
    boolean confirmed = false;
    var refused = new ArrayList<NetlinkException>();
    for (int length = receive(!confirmed); length > 0; length = receive(!confirmed)) {
      for (int at = 0; at + NetlinkBuffer.HEADER <= length; at += aligned(at)) {
        int of = Octets.hostInt(received, at + 8);
        if (type(at) != NLMSG_ERROR || of < first || of > last) {
          continue; // The answer to a request that was given up.
        }
        var error = error(at, of - first);
        if (error != null) {
          refused.add(error);
        }
        confirmed = true;
      }
    }
    if (!confirmed) {
      throw new NetlinkException(Errno.ENOBUFS, "the kernel's answer was lost", -1, -1);
    }
    return refused;
  }

  /** {@link #request(NetlinkBuffer, int, Supplier, Receiver)} of messages of netfilter. */
  public <T> T request(NetlinkBuffer request, Supplier<T> into, Receiver<T> receiver) {
    return request(request, NETFILTER_HEADER, into, receiver);
  }

  /**
   * Sends one request and hands every message of the answer to the receiver, with a fresh {@code
   * into} when the kernel's state changed in the middle of it (NLM_F_DUMP_INTR) or the answer was
   * lost.
   *
   * @param header size of the protocol's header in bytes, a multiple of 4
   * @throws NetlinkException when the kernel refuses, or does not come to rest
   */
  public <T> T request(NetlinkBuffer request, int header, Supplier<T> into, Receiver<T> receiver) {
    for (int i = 0; i < ATTEMPTS; i++) {
      T result = into.get();
      if (answered(request, header, result, receiver)) {
        return result;
      }
    }
    throw new NetlinkException(
        Errno.EINTR, "the tables changed during each of " + ATTEMPTS + " dumps", 0, -1);
  }

  /**
   * Makes the socket hear of the changes that a multicast group tells of; {@link #hear} takes them.
   * Such a socket is for that alone: an answer could be lost among them.
   *
   * @throws SystemCallException when the kernel refuses
   */
  public void join(int group) {
    libc.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
  }

  /**
   * Waits for word of the groups that were joined, and hands over all that is there.
   *
   * @param header size of the protocol's header in bytes, a multiple of 4
   * @return false when there was none within the time
   * @throws NetlinkException with {@link Errno#ENOBUFS} when some of it was lost
   */
  public <T> boolean hear(Duration wait, int header, T into, Receiver<T> receiver) {
    if (!libc.readable(fd, (int) wait.toMillis())) {
      return false;
    }
    while (true) {
      int length;
      try {
        length = (int) libc.recv(fd, datagram, MSG_DONTWAIT | MSG_TRUNC);
      } catch (SystemCallException e) {
        if (e.errno().equals(Errno.EAGAIN)) {
          return true;
        }
        if (e.errno().equals(Errno.ENOBUFS)) {
          lost();
          throw new NetlinkException(Errno.ENOBUFS, "more changes than the socket holds", -1, -1);
        }
        throw e;
      }
      int end = Math.min(length, DATAGRAM);
      keep(end);
      for (int at = 0; at + NetlinkBuffer.HEADER <= end; at += aligned(at)) {
        receiver.take(into, type(at), first(at), attributes(at, header));
      }
    }
  }

  private <T> boolean answered(NetlinkBuffer request, int header, T into, Receiver<T> receiver) {
    int first = send(request);
    boolean whole = true;
    while (true) {
      int length = receive(true);
      if (length == 0) {
        return false; // Lost: the receive buffer was too small for the answer.
      }
      for (int at = 0; at + NetlinkBuffer.HEADER <= length; at += aligned(at)) {
        if (Octets.hostInt(received, at + 8) != first) {
          continue;
        }
        whole &= (flags(at) & NLM_F_DUMP_INTR) == 0;
        switch (type(at)) {
          case NLMSG_DONE -> {
            int status = Octets.hostInt(received, at + NetlinkBuffer.HEADER);
            if (status < 0) {
              throw new NetlinkException(new Errno(-status), null, 0, -1);
            }
            return whole;
          }
          case NLMSG_ERROR -> {
            var error = error(at, 0);
            if (error != null) {
              throw error;
            }
            return whole;
          }
          default -> receiver.take(into, type(at), first(at), attributes(at, header));
        }
      }
    }
  }

  private int send(NetlinkBuffer messages) {
    int first = sequence;
    sequence += messages.count();
    if (sequence < 0) {
      first = 1;
      sequence = 1 + messages.count();
    }
    var data = messages.sealed(first);
    if (data.byteSize() > sendBuffer) {
      // Who may change the tables has CAP_NET_ADMIN, and so may also force the buffer's size.
      sendBuffer = (int) Math.max(data.byteSize(), SEND_BUFFER);
      libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, sendBuffer);
    }
    libc.send(fd, data);
    return first;
  }

  /**
   * Length of the next datagram in {@link #received}; 0 when there is none or answers were lost.
   *
   * @param wait whether an answer is still owed
   */
  private int receive(boolean wait) {
    if (wait && !libc.readable(fd, (int) LIMIT.toMillis())) {
      throw new NetlinkException(
          Errno.ETIMEDOUT, "no answer within " + LIMIT.toSeconds() + " s", -1, -1);
    }
    try {
      int length = (int) libc.recv(fd, datagram, MSG_DONTWAIT | MSG_TRUNC);
      if (length > DATAGRAM) {
        throw new NetlinkException(
            Errno.ENOBUFS, "an answer of " + length + " bytes does not fit", -1, -1);
      }
      keep(length);
      return length;
    } catch (SystemCallException e) {
      if (e.errno().equals(Errno.EAGAIN)) {
        return 0;
      }
      if (e.errno().equals(Errno.ENOBUFS)) {
        return wait ? lost() : receive(false);
      }
      throw e;
    }
  }

  private void keep(int length) {
    if (length > received.length) {
      received = new byte[Math.max(length, 2 * received.length)];
    }
    MemorySegment.copy(datagram, JAVA_BYTE, 0, received, 0, length);
  }

  /** Empties the socket after an overflow, so that old answers do not mix with new ones. */
  private int lost() {
    while (receive(false) > 0) {
      // Only thrown away.
    }
    return 0;
  }

  private @Nullable NetlinkException error(int at, int index) {
    int code = -Octets.hostInt(received, at + NetlinkBuffer.HEADER);
    if (code == 0) {
      return null;
    }
    String explanation = null;
    int offset = -1;
    int flags = flags(at);
    if ((flags & NLM_F_ACK_TLVS) != 0) {
      int echoed =
          (flags & NLM_F_CAPPED) != 0
              ? NetlinkBuffer.HEADER
              : (Octets.hostInt(received, at + NetlinkBuffer.HEADER + 4) + 3) & ~3;
      var attributes =
          new Attributes(
              received,
              at,
              at + NetlinkBuffer.HEADER + 4 + echoed,
              at + Octets.hostInt(received, at));
      while (attributes.next()) {
        if (attributes.type() == NLMSGERR_ATTR_MSG) {
          explanation = attributes.text();
        } else if (attributes.type() == NLMSGERR_ATTR_OFFS) {
          offset = attributes.hostInt();
        }
      }
    }
    return new NetlinkException(new Errno(code), explanation, index, offset);
  }

  private int first(int at) {
    return Octets.octet(received, at + NetlinkBuffer.HEADER);
  }

  private Attributes attributes(int at, int header) {
    return new Attributes(
        received, at, at + NetlinkBuffer.HEADER + header, at + Octets.hostInt(received, at));
  }

  private int type(int at) {
    return Octets.hostShort(received, at + 4);
  }

  private int flags(int at) {
    return Octets.hostShort(received, at + 6);
  }

  private int aligned(int at) {
    return Math.max(NetlinkBuffer.HEADER, (Octets.hostInt(received, at) + 3) & ~3);
  }

  /** Closes the socket; the kernel keeps what was written. */
  @Override
  public void close() {
    libc.close(fd);
    arena.close();
  }
}
