package io.portolan.agent.kernel;

import io.portolan.agent.kernel.TrackedFlow.Direction;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connection tracking table of the network namespace of the thread that opens it, over
 * ctnetlink ({@code linux/netfilter/nfnetlink_conntrack.h}). Used by one thread at a time.
 *
 * <p>Only entries of the default zone are seen: flows that another program put into a zone of its
 * own are that program's.
 *
 * <p>What is asked for is filtered by the kernel ({@code CTA_FILTER}, Linux 5.8), and once more
 * here: an older kernel ignores the filter and sends everything, see {@link #filters()}.
 */
public final class ConntrackTable implements AutoCloseable {
  private static final int SUBSYSTEM = 1 << 8;
  private static final int GET = SUBSYSTEM | 1;
  private static final int DELETE = SUBSYSTEM | 2;

  private static final int CTA_TUPLE_ORIG = 1;
  private static final int CTA_TUPLE_REPLY = 2;
  private static final int CTA_STATUS = 3;
  private static final int CTA_ID = 12;
  private static final int CTA_ZONE = 18;
  private static final int CTA_FILTER = 25;
  private static final int CTA_TUPLE_IP = 1;
  private static final int CTA_TUPLE_PROTO = 2;
  private static final int CTA_TUPLE_ZONE = 3;
  private static final int CTA_PROTO_NUM = 1;
  private static final int CTA_PROTO_SRC_PORT = 2;
  private static final int CTA_PROTO_DST_PORT = 3;
  private static final int CTA_FILTER_ORIG_FLAGS = 1;

  /** Which fields of the tuple count: the kernel's {@code CTA_FILTER_F_...}. */
  private static final int BY_ADDRESS = 1 << 1;

  private static final int BY_PROTOCOL = 1 << 3;
  private static final int BY_PORT = 1 << 5;

  private static final int IPS_SEEN_REPLY = 1 << 1;

  /** Deletions in one datagram: their answers all wait in the socket's buffer. */
  private static final int BATCH = 256;

  private final NetlinkSocket socket;
  private final NetlinkBuffer buffer = new NetlinkBuffer();
  private long received;
  private boolean filters = true;

  private ConntrackTable(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * Opens it.
   *
   * @throws SystemCallException when the kernel refuses
   */
  public static ConntrackTable open() {
    return new ConntrackTable(NetlinkSocket.open(NetlinkSocket.NETFILTER));
  }

  /**
   * The entries that match a filter, of those the wanted ones.
   *
   * @throws NetlinkException when the kernel refuses
   */
  public List<TrackedFlow> flows(FlowFilter filter, Predicate<TrackedFlow> wanted) {
    FlowFilter asked = filter.asOfKernel();
    question(asked);
    return socket.request(
        buffer,
        ArrayList::new,
        (into, type, family, attributes) -> {
          received++;
          TrackedFlow flow = flow(filter, attributes);
          if (flow == null) {
            return;
          }
          if (!asked.matches(flow)) {
            filters = false;
          } else if (filter.matches(flow) && wanted.test(flow)) {
            into.add(flow);
          }
        });
  }

  /**
   * Deletes entries; those that are gone already are no failure.
   *
   * @return how many were deleted
   * @throws NetlinkException when the kernel refuses; the others may be deleted
   */
  public int delete(Protocol protocol, List<TrackedFlow> flows) {
    int deleted = 0;
    for (int from = 0; from < flows.size(); from += BATCH) {
      List<TrackedFlow> batch = flows.subList(from, Math.min(from + BATCH, flows.size()));
      buffer.clear();
      batch.forEach(flow -> deletion(protocol, flow));
      deleted += batch.size();
      for (NetlinkException refusal : socket.refusals(buffer)) {
        if (!refusal.errno().equals(Errno.ENOENT)) {
          throw refusal;
        }
        deleted--;
      }
    }
    return deleted;
  }

  /** How many entries the kernel has sent so far. */
  public long received() {
    return received;
  }

  /** Whether the kernel filters; false as soon as it sent an entry that was not asked for. */
  public boolean filters() {
    return filters;
  }

  private void question(FlowFilter filter) {
    buffer.clear();
    buffer.message(GET, NetlinkBuffer.DUMP);
    buffer.netfilterHeader(number(filter.family()), 0);
    int fields = BY_PROTOCOL;
    int tuple = buffer.open(CTA_TUPLE_ORIG);
    if (filter.to() != null) {
      int ip = buffer.open(CTA_TUPLE_IP);
      buffer.bytes(destination(filter.family()), filter.to().bytes());
      buffer.close(ip);
      fields |= BY_ADDRESS;
    }
    int protocol = buffer.open(CTA_TUPLE_PROTO);
    buffer.octet(CTA_PROTO_NUM, filter.protocol().number());
    if (filter.toPort() != 0) {
      buffer.netShort(CTA_PROTO_DST_PORT, filter.toPort());
      fields |= BY_PORT;
    }
    buffer.close(protocol);
    buffer.close(tuple);
    int which = buffer.open(CTA_FILTER);
    buffer.hostInt(CTA_FILTER_ORIG_FLAGS, fields);
    buffer.close(which);
  }

  /**
   * Names an entry by its answers and its id. The id is made of the client's tuple and the place in
   * memory, which a later flow of the same client may get again; its answers then come from
   * elsewhere ({@code nf_ct_get_id}).
   */
  private void deletion(Protocol protocol, TrackedFlow flow) {
    Direction answers = flow.answers();
    IpFamily family = answers.to().family();
    buffer.message(DELETE, NetlinkBuffer.ACK);
    buffer.netfilterHeader(number(family), 0);
    int tuple = buffer.open(CTA_TUPLE_REPLY);
    int ip = buffer.open(CTA_TUPLE_IP);
    buffer.bytes(source(family), answers.from().bytes());
    buffer.bytes(destination(family), answers.to().bytes());
    buffer.close(ip);
    int ports = buffer.open(CTA_TUPLE_PROTO);
    buffer.octet(CTA_PROTO_NUM, protocol.number());
    buffer.netShort(CTA_PROTO_SRC_PORT, answers.fromPort());
    buffer.netShort(CTA_PROTO_DST_PORT, answers.toPort());
    buffer.close(ports);
    buffer.close(tuple);
    buffer.netInt(CTA_ID, flow.id());
  }

  /** An entry of the default zone and of the filter's protocol, else null. */
  private @Nullable TrackedFlow flow(FlowFilter filter, Attributes attributes) {
    Direction original = null;
    Direction answers = null;
    int id = 0;
    boolean answered = false;
    while (attributes.next()) {
      switch (attributes.type()) {
        case CTA_TUPLE_ORIG -> {
          original = direction(filter, attributes.nested());
          if (original == null) {
            return null;
          }
        }
        case CTA_TUPLE_REPLY -> answers = direction(filter, attributes.nested());
        case CTA_STATUS -> answered = (attributes.netInt() & IPS_SEEN_REPLY) != 0;
        case CTA_ID -> id = attributes.netInt();
        case CTA_ZONE -> {
          return null;
        }
        default -> {}
      }
    }
    return original == null || answers == null
        ? null
        : new TrackedFlow(id, answered, original, answers);
  }

  private @Nullable Direction direction(FlowFilter filter, Attributes tuple) {
    Ip from = null;
    Ip to = null;
    int protocol = 0;
    int fromPort = 0;
    int toPort = 0;
    while (tuple.next()) {
      var parts = tuple.nested();
      switch (tuple.type()) {
        case CTA_TUPLE_IP -> {
          while (parts.next()) {
            if (parts.type() == source(filter.family())) {
              from = Ip.of(parts.bytes());
            } else if (parts.type() == destination(filter.family())) {
              to = Ip.of(parts.bytes());
            }
          }
        }
        case CTA_TUPLE_PROTO -> {
          while (parts.next()) {
            switch (parts.type()) {
              case CTA_PROTO_NUM -> protocol = parts.octet();
              case CTA_PROTO_SRC_PORT -> fromPort = parts.netShort();
              case CTA_PROTO_DST_PORT -> toPort = parts.netShort();
              default -> {}
            }
          }
        }
        case CTA_TUPLE_ZONE -> {
          return null;
        }
        default -> {}
      }
    }
    if (protocol != filter.protocol().number()) {
      filters = false;
      return null;
    }
    return from == null || to == null ? null : new Direction(from, fromPort, to, toPort);
  }

  private static int number(IpFamily family) {
    return family == IpFamily.IPV4 ? 2 : 10; // AF_INET, AF_INET6
  }

  private static int source(IpFamily family) {
    return family == IpFamily.IPV4 ? 1 : 3; // CTA_IP_V4_SRC, CTA_IP_V6_SRC
  }

  private static int destination(IpFamily family) {
    return family == IpFamily.IPV4 ? 2 : 4; // CTA_IP_V4_DST, CTA_IP_V6_DST
  }

  /** Gives the socket back. */
  @Override
  public void close() {
    socket.close();
    buffer.close();
  }
}
