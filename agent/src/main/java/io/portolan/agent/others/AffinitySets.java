package io.portolan.agent.others;

import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.kernel.Attributes;
import io.portolan.agent.kernel.Errno;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkException;
import io.portolan.agent.kernel.NetlinkSocket;
import io.portolan.agent.others.Places.Place;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The memory of kube-proxy's mode nftables: sets of addresses with timeout, one for each endpoint
 * ({@code linux/netfilter/nf_tables.h}). In the network namespace of the thread that opens it.
 */
final class AffinitySets implements KubeProxyMemory.Store {
  /** {@code NFNL_SUBSYS_NFTABLES}. */
  private static final int SUBSYSTEM = 10;

  private static final int GETSET = 10;
  private static final int NEWSETELEM = 12;
  private static final int GETSETELEM = 13;
  private static final int BATCH_BEGIN = 0x10;
  private static final int BATCH_END = 0x11;

  /** Elements of one message: their list is an attribute, and may not pass 64 KiB. */
  private static final int ELEMENTS = 500;

  private static final int DUMPS = 5;

  /** No such table, or a kernel without nf_tables. */
  private static final List<Errno> NONE =
      List.of(Errno.ENOENT, new Errno(22), new Errno(93), new Errno(95));

  private final Places places;
  private final NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.NETFILTER);
  private final NetlinkBuffer buffer = new NetlinkBuffer();

  /** By the names of the sets: how long it keeps an address, in milliseconds. */
  private final Map<String, Long> there = new LinkedHashMap<>();

  AffinitySets(Plan plan) {
    try {
      for (IpFamily family : IpFamily.values()) {
        there.putAll(sets(family));
      }
      places = there.isEmpty() ? Places.NONE : Places.of(plan, KubeProxyNames::set);
      there.keySet().retainAll(places.named().keySet());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private Map<String, Long> sets(IpFamily family) {
    begin(GETSET, NetlinkBuffer.DUMP, family);
    return absentIsNone(
        new HashMap<>(),
        () ->
            socket.request(
                buffer,
                HashMap<String, Long>::new,
                (into, type, number, attributes) -> {
                  String name = "";
                  long timeout = 0;
                  while (attributes.next()) {
                    if (attributes.type() == 2) {
                      name = attributes.text();
                    } else if (attributes.type() == 11) { // NFTA_SET_TIMEOUT
                      timeout = attributes.netLong();
                    }
                  }
                  if (name.startsWith(KubeProxyNames.SET) && timeout > 0) {
                    into.put(name, timeout);
                  }
                }));
  }

  @Override
  public boolean isEmpty() {
    return there.isEmpty();
  }

  @Override
  public List<StickyClient> clients() {
    var clients = new ArrayList<StickyClient>();
    for (String set : there.keySet()) {
      Place place = places.named().get(set);
      if (place != null) {
        elements(place.service().family(), set)
            .forEach((client, left) -> clients.add(place.client(client, Duration.ofMillis(left))));
      }
    }
    return clients;
  }

  /**
   * Addresses, and how long they are still kept, in milliseconds. While the kernel spreads a set
   * over more buckets a dump has some twice and lacks as many; another one has the rest.
   */
  private Map<Ip, Long> elements(IpFamily family, String set) {
    var all = new HashMap<Ip, Long>();
    for (int i = 0; i < DUMPS; i++) {
      begin(GETSETELEM, NetlinkBuffer.DUMP, family);
      buffer.text(2, set);
      List<Map.Entry<Ip, Long>> dump =
          absentIsNone(
              new ArrayList<>(),
              () ->
                  socket.request(
                      buffer,
                      ArrayList<Map.Entry<Ip, Long>>::new,
                      (into, type, number, attributes) -> list(into, attributes)));
      var keys = new HashSet<Ip>();
      for (Map.Entry<Ip, Long> each : dump) {
        keys.add(each.getKey());
        if (each.getValue() > 0) {
          all.put(each.getKey(), each.getValue());
        }
      }
      if (keys.size() == dump.size()) {
        break;
      }
    }
    return all;
  }

  private static void list(List<Map.Entry<Ip, Long>> into, Attributes attributes) {
    while (attributes.next()) {
      if (attributes.type() == 3) {
        Attributes elements = attributes.nested();
        while (elements.next()) {
          Attributes element = elements.nested();
          byte[] key = {};
          long left = 0;
          while (element.next()) {
            if (element.type() == 1) {
              Attributes data = element.nested();
              key = data.next() ? data.bytes() : key;
            } else if (element.type() == 5) { // NFTA_SET_ELEM_EXPIRATION
              left = element.netLong();
            }
          }
          into.add(Map.entry(Ip.of(key), left));
        }
      }
    }
  }

  /** Writes all clients or none. */
  @Override
  public int remember(Collection<StickyClient> clients) {
    Places.Additions additions = places.additions(there.keySet(), clients, clients());
    buffer.clear();
    buffer.message(BATCH_BEGIN, 0);
    buffer.netfilterHeader(0, SUBSYSTEM);
    additions
        .wanted()
        .forEach(
            (set, its) -> {
              for (int from = 0; from < its.size(); from += ELEMENTS) {
                elements(set, its.subList(from, Math.min(its.size(), from + ELEMENTS)));
              }
            });
    if (buffer.count() > 1) {
      buffer.flags(NetlinkBuffer.ACK);
      buffer.message(BATCH_END, 0);
      buffer.netfilterHeader(0, SUBSYSTEM);
      socket.transact(buffer);
    }
    return additions.kept();
  }

  private void elements(String set, List<StickyClient> clients) {
    message(NEWSETELEM, NetlinkBuffer.CREATE, clients.getFirst().service().family());
    buffer.text(2, set);
    int list = buffer.open(3);
    long longest = there.getOrDefault(set, 1L);
    for (StickyClient client : clients) {
      int element = buffer.open(1);
      int key = buffer.open(1);
      buffer.bytes(1, client.client().bytes());
      buffer.close(key);
      // The timeout itself is the set's, and less must be left than that.
      buffer.netLong(5, Math.clamp(client.left().toMillis(), 1, longest));
      buffer.close(element);
    }
    buffer.close(list);
  }

  private static <T> T absentIsNone(T none, Supplier<T> read) {
    try {
      return read.get();
    } catch (NetlinkException e) {
      if (NONE.contains(e.errno())) {
        return none;
      }
      throw e;
    }
  }

  private void begin(int type, int flags, IpFamily family) {
    buffer.clear();
    message(type, flags, family);
  }

  private void message(int type, int flags, IpFamily family) {
    buffer.message(SUBSYSTEM << 8 | type, flags);
    buffer.netfilterHeader(family == IpFamily.IPV4 ? 2 : 10, 0);
    buffer.text(1, Ownership.NFT_TABLE);
  }

  @Override
  public void close() {
    socket.close();
    buffer.close();
  }
}
