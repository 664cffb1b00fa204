package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.service.Ip;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Clients with affinity, from the kernel's numbers to what every mode understands, and back. */
final class Affinity {
  private final Model model;

  /** Service ports with affinity, by the numbers of their endpoints. */
  private final Map<Integer, Pool> pools = new HashMap<>();

  private record Pool(PortKey service, Map<Integer, Endpoint> endpoints) {}

  private record Sticky(PortKey service, Ip client) {}

  private record Place(Ip ip, int port) {}

  /** Where an endpoint stands in one of the pools of its Service port. */
  private record Slot(int pool, int endpoint) {}

  /**
   * The endpoints that clients of one Service port may have.
   *
   * @param timeout in milliseconds
   */
  private record Choices(long timeout, Map<Place, List<Slot>> slots) {
    /** One for each policy; none for a client that can't be remembered. */
    List<Remembered> elements(StickyClient client) {
      Table table = Table.of(client.service().family());
      if (client.client().family() != table.family() || !client.left().isPositive()) {
        return List.of();
      }
      // The kernel takes no more than the timeout, and nothing that is less than a millisecond.
      long left = Math.max(1, Math.min(client.left().toMillis(), timeout));
      int protocol = client.service().protocol().number();
      return slots.getOrDefault(new Place(client.ip(), client.port()), List.of()).stream()
          .map(
              s ->
                  new Remembered(
                      table, s.pool(), client.client(), protocol, s.endpoint(), timeout, left))
          .toList();
    }
  }

  Affinity(Model model) {
    this.model = model;
    for (PortState port : model.ports()) {
      if (port.plan().affinitySeconds() > 0) {
        port.pools().forEach(p -> pools.put(p.id(), new Pool(port.plan().key(), p.numbered())));
      }
    }
  }

  /**
   * The clients whose Service port and endpoint are known. One that is remembered for several
   * policies counts by its latest connection.
   */
  List<StickyClient> clients(Collection<Remembered> found) {
    var clients = new LinkedHashMap<Sticky, StickyClient>();
    for (Remembered each : found) {
      Pool pool = pool(each);
      Endpoint endpoint = pool == null ? null : pool.endpoints().get(each.endpoint());
      if (pool != null && endpoint != null && each.left() > 0) {
        var client =
            new StickyClient(
                pool.service(),
                each.client(),
                endpoint.ip(),
                endpoint.port(),
                Duration.ofMillis(each.left()));
        clients.merge(
            new Sticky(pool.service(), each.client()),
            client,
            (a, b) -> a.left().compareTo(b.left()) < 0 ? b : a);
      }
    }
    return List.copyOf(clients.values());
  }

  /**
   * What makes the kernel remember clients.
   *
   * @param known what it remembers already
   * @return the elements of each client that is to be added, as far as there is room
   */
  List<List<Remembered>> additions(Collection<StickyClient> clients, Collection<Remembered> known) {
    var taken = taken(known);
    var room = new EnumMap<Table, Integer>(Table.class);
    for (Table table : Table.values()) {
      room.put(table, NamedSet.AFFINITY_SIZE);
    }
    known.forEach(k -> room.merge(k.table(), -1, Integer::sum));
    var services = new HashMap<PortKey, Choices>();
    var additions = new ArrayList<List<Remembered>>();
    for (StickyClient client : clients) {
      var choices = services.computeIfAbsent(client.service(), this::choices);
      var elements = choices.elements(client);
      Table table = Table.of(client.service().family());
      int left = room.getOrDefault(table, 0) - elements.size();
      if (!elements.isEmpty()
          && left >= 0
          && taken.add(new Sticky(client.service(), client.client()))) {
        room.put(table, left);
        additions.add(elements);
      }
    }
    return additions;
  }

  private Set<Sticky> taken(Collection<Remembered> known) {
    var taken = new HashSet<Sticky>();
    for (Remembered each : known) {
      Pool pool = pool(each);
      if (pool != null) {
        taken.add(new Sticky(pool.service(), each.client()));
      }
    }
    return taken;
  }

  /** Where each endpoint of a Service port stands; nowhere without affinity. */
  private Choices choices(PortKey service) {
    var slots = new HashMap<Place, List<Slot>>();
    PortState port = model.port(service);
    int seconds = port == null ? 0 : port.plan().affinitySeconds();
    if (port != null && seconds > 0) {
      for (PoolState pool : port.pools().toList()) {
        pool.numbered()
            .forEach(
                (number, endpoint) ->
                    slots
                        .computeIfAbsent(
                            new Place(endpoint.ip(), endpoint.port()), p -> new ArrayList<>())
                        .add(new Slot(pool.id(), number)));
      }
    }
    return new Choices(Duration.ofSeconds(seconds).toMillis(), slots);
  }

  private @Nullable Pool pool(Remembered element) {
    Pool pool = pools.get(element.pool());
    return pool != null && Table.of(pool.service().family()) == element.table() ? pool : null;
  }
}
