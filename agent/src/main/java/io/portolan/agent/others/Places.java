package io.portolan.agent.others;

import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Ip;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Where kube-proxy remembers the clients of a plan's endpoints.
 *
 * @param named by the names of one of its modes
 */
record Places(Map<String, Place> named) {
  /** Less is not worth a write. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  /**
   * One endpoint of one Service port with affinity.
   *
   * @param longest how long a client is remembered after its last connection
   */
  record Place(PortKey service, Ip ip, int port, Duration longest) {
    /** A client there; one that says more than {@code longest} is remembered for that. */
    StickyClient client(Ip client, Duration left) {
      return new StickyClient(
          service, client, ip, port, left.compareTo(longest) < 0 ? left : longest);
    }
  }

  /** There is nothing to look up. */
  static final Places NONE = new Places(Map.of());

  /**
   * Clients that shall be remembered.
   *
   * @param wanted those to be written, by names; each list in the order of their last connections
   * @param kept how many are remembered where they shall be once these are written
   */
  record Additions(Map<String, List<StickyClient>> wanted, int kept) {}

  /** An endpoint of a Service port. */
  private record Spot(PortKey service, Ip ip, int port) {}

  /** A client of a Service port. */
  private record Key(PortKey service, Ip client) {}

  /** The places of a plan, by names of {@link KubeProxyNames}. */
  static Places of(Plan plan, BiFunction<PortKey, Endpoint, String> name) {
    var named = new HashMap<String, Place>();
    for (PortPlan port : plan.ports().values()) {
      if (port.affinitySeconds() > 0) {
        Duration longest = Duration.ofSeconds(port.affinitySeconds());
        for (Endpoint each : port.reachable()) {
          named.put(
              name.apply(port.key(), each), new Place(port.key(), each.ip(), each.port(), longest));
        }
      }
    }
    return new Places(named);
  }

  /** Each service and client once: where it was last. */
  static List<StickyClient> latest(Collection<StickyClient> clients) {
    var latest = new LinkedHashMap<Key, StickyClient>();
    for (StickyClient each : clients) {
      latest.merge(
          new Key(each.service(), each.client()),
          each,
          (a, b) -> a.left().compareTo(b.left()) < 0 ? b : a);
    }
    return List.copyOf(latest.values());
  }

  /**
   * What to write so that clients are remembered.
   *
   * @param there which of the names there are
   * @param known what is remembered there: a client of another endpoint stays with that, and one
   *     that is kept about as long as it shall be is not written again
   */
  Additions additions(
      Collection<String> there, Collection<StickyClient> clients, Collection<StickyClient> known) {
    var names = new HashMap<Spot, String>();
    for (String name : there) {
      Place place = named.get(name);
      if (place != null) {
        names.put(new Spot(place.service(), place.ip(), place.port()), name);
      }
    }
    var kept = new HashMap<Key, StickyClient>();
    latest(known).forEach(each -> kept.put(new Key(each.service(), each.client()), each));
    var wanted = new LinkedHashMap<String, List<StickyClient>>();
    int count = 0;
    for (StickyClient each :
        clients.stream().sorted(Comparator.comparing(StickyClient::left)).toList()) {
      Spot spot = spot(each);
      String name = names.get(spot);
      StickyClient before = kept.get(new Key(each.service(), each.client()));
      if (name != null
          && each.client().family() == each.service().family()
          && (before == null || spot(before).equals(spot))) {
        count++;
        if (before == null || before.left().plus(SLACK).compareTo(each.left()) < 0) {
          wanted.computeIfAbsent(name, n -> new ArrayList<>()).add(each);
        }
      }
    }
    return new Additions(wanted, count);
  }

  private static Spot spot(StickyClient client) {
    return new Spot(client.service(), client.ip(), client.port());
  }
}
