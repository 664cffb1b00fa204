package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Ip;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sets of clients: which of them belongs to which endpoint, and who is in them.
 *
 * @param places by the name of the set
 */
record Clients(Map<String, Place> places) {
  /** An endpoint of a Service port with affinity. */
  record Place(PortPlan port, Endpoint endpoint) {}

  private record Spot(PortKey service, Ip ip, int port) {}

  private record Client(PortKey service, Ip ip) {}

  /**
   * A client to be added to a set.
   *
   * @param seconds more than zero
   */
  record Addition(String set, Ip client, int seconds, PortKey service) {}

  static Clients of(List<Stack> stacks, Collection<PortPlan> ports) {
    var places = new HashMap<String, Place>();
    for (PortPlan port : ports) {
      if (port.affinitySeconds() > 0) {
        for (Stack stack : stacks) {
          if (stack.family() == port.key().family()) {
            PortRules.endpoints(port)
                .forEach(
                    endpoint ->
                        places.put(
                            Names.clients(stack, port.key(), endpoint), new Place(port, endpoint)));
          }
        }
      }
    }
    return new Clients(places);
  }

  /**
   * Who is in the sets. A client may be in those of several endpoints, when the policies of its
   * Service lead to different ones: the one that it used last counts.
   *
   * @param saved what {@code ipset save} prints
   */
  Collection<StickyClient> in(String saved) {
    var clients = new LinkedHashMap<Client, StickyClient>();
    saved
        .lines()
        .filter(line -> line.startsWith("add " + Names.PREFIX))
        .forEach(
            line -> {
              // add PORTOLAN-4-A-... 192.0.2.1 timeout 10799
              String[] words = line.split(" ", -1);
              Place place = places.get(words[1]);
              if (place != null) {
                var found =
                    new StickyClient(
                        place.port().key(),
                        Ip.parse(words[2]),
                        place.endpoint().ip(),
                        place.endpoint().port(),
                        Duration.ofSeconds(left(words, place.port())));
                clients.merge(
                    new Client(found.service(), found.client()),
                    found,
                    (a, b) -> a.left().compareTo(b.left()) >= 0 ? a : b);
              }
            });
    return clients.values();
  }

  /** Zero is an element that another hand has put there to stay. */
  private static long left(String[] words, PortPlan port) {
    long seconds = words.length > 4 && words[3].equals("timeout") ? Long.parseLong(words[4]) : 0;
    return seconds > 0 ? seconds : port.affinitySeconds();
  }

  /** What must be added so that clients are remembered beside those that are known. */
  List<Addition> additions(Collection<StickyClient> wanted, Collection<StickyClient> known) {
    var sets = new HashMap<Spot, String>();
    places.forEach(
        (set, place) ->
            sets.put(
                new Spot(place.port().key(), place.endpoint().ip(), place.endpoint().port()), set));
    var there = new HashSet<Client>();
    known.forEach(client -> there.add(new Client(client.service(), client.client())));
    var additions = new ArrayList<Addition>();
    for (StickyClient client : wanted) {
      String set = sets.get(new Spot(client.service(), client.ip(), client.port()));
      if (set != null
          && client.client().family() == client.service().family()
          && there.add(new Client(client.service(), client.client()))) {
        additions.add(new Addition(set, client.client(), seconds(client.left()), client.service()));
      }
    }
    return additions;
  }

  private static int seconds(Duration left) {
    return Math.clamp(left.plusMillis(999).toSeconds(), 1, PortRules.LONGEST_AFFINITY);
  }
}
