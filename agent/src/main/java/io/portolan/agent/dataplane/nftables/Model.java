package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.nftables.Change.ChainName;
import io.portolan.agent.dataplane.nftables.Change.SetName;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.TrafficPolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the kernel holds, as far as it is needed to know what a change must write. */
final class Model {
  /** Unused pick chains that may stay: the next change back needs them again. */
  static final int SPARE_CHAINS = 32;

  private static final List<Cidr> LOOPBACK =
      List.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("::1/128"));

  private final Map<PortKey, PortState> ports = new HashMap<>();
  private final Set<Integer> ids = new HashSet<>();
  private final Map<SharedAddress, Integer> shared = new HashMap<>();
  private final Map<ChainName, Integer> users = new HashMap<>();
  private NodeFacts node = NodeFacts.NONE;
  private Doors doors = Doors.CLOSED;

  /** Takes a Service port that the kernel is about to hold; for a model that is being built. */
  void add(PortState port) {
    ports.put(port.plan().key(), port);
    ids.addAll(port.ids());
    for (SharedAddress address : port.shared()) {
      shared.merge(address, 1, Integer::sum);
    }
    for (PickChain pick : port.picks()) {
      users.merge(new ChainName(port.table(), pick.name()), 1, Integer::sum);
    }
  }

  void node(NodeFacts facts, Doors wanted) {
    node = facts;
    doors = wanted;
  }

  Doors doors() {
    return doors;
  }

  /** Notes a pick chain that the kernel has. */
  void chain(ChainName chain) {
    users.merge(chain, 0, Integer::sum);
  }

  Collection<PortState> ports() {
    return ports.values();
  }

  @Nullable PortState port(PortKey key) {
    return ports.get(key);
  }

  Set<SharedAddress> shared() {
    return shared.keySet();
  }

  /** The pick chains that some Service port uses. */
  Set<ChainName> usedChains() {
    var used = new HashSet<ChainName>();
    users.forEach(
        (chain, count) -> {
          if (count > 0) {
            used.add(chain);
          }
        });
    return used;
  }

  /** A number for endpoints of a policy, the same on every node unless others have it. */
  int freeId(PortKey key, TrafficPolicy policy, Set<Integer> alsoTaken) {
    byte[] name =
        (key + " " + key.protocol() + " " + key.family() + " " + policy)
            .getBytes(StandardCharsets.UTF_8);
    int id = Hash.number(Hash.of(name, Hash.START));
    while (ids.contains(id) || alsoTaken.contains(id)) {
      id = Hash.next(id);
    }
    return id;
  }

  /** What a change of the plan means for the kernel. */
  Change change(PlanDelta delta) {
    var change = new Change();
    var newIds = new HashSet<Integer>();
    for (PortKey key : delta.removed()) {
      PortState old = ports.get(key);
      if (old != null) {
        exchange(change, old, null);
        change.ports.put(key, null);
      }
    }
    for (PortPlan plan : delta.changed()) {
      PortState old = ports.get(plan.key());
      PortState.Pooling fresh =
          (policy, endpoints, sticky) -> {
            int id = freeId(plan.key(), policy, newIds);
            newIds.add(id);
            return PoolState.of(id, endpoints, sticky, List.of(), Map.of());
          };
      PortState next = old == null ? PortState.of(plan, fresh) : old.next(plan, fresh);
      exchange(change, old, next);
      change.ports.put(plan.key(), next);
    }
    settleShared(change);
    settleChains(change);
    if (delta.node() != null) {
      exchange(change, delta.node());
    }
    return change;
  }

  /** What other doors mean for the kernel; nothing else differs. */
  Change change(Doors wanted) {
    var change = new Change();
    for (Table table : Table.values()) {
      exchange(change, table, node, wanted);
    }
    change.doors = wanted;
    return change;
  }

  private static void exchange(Change change, @Nullable PortState old, @Nullable PortState next) {
    var before = new LinkedHashMap<ElementId, Element>();
    if (old != null) {
      old.elements().forEach(e -> before.put(ElementId.of(e), e));
      old.shared().forEach(s -> change.shared.merge(s, -1, Integer::sum));
      old.picks()
          .forEach(p -> change.users.merge(new ChainName(old.table(), p.name()), -1, Integer::sum));
    }
    if (next != null) {
      for (Element element : next.elements()) {
        Element same = before.remove(ElementId.of(element));
        if (same == null) {
          change.added.add(element);
        } else if (!same.same(element)) {
          change.removed.add(same);
          change.added.add(element);
        }
      }
      next.shared().forEach(s -> change.shared.merge(s, 1, Integer::sum));
      next.picks()
          .forEach(p -> change.users.merge(new ChainName(next.table(), p.name()), 1, Integer::sum));
    }
    change.removed.addAll(before.values());
  }

  private void settleShared(Change change) {
    change.shared.forEach(
        (address, difference) -> {
          int before = shared.getOrDefault(address, 0);
          int after = before + difference;
          if (before == 0 && after > 0) {
            change.added.add(address.element());
          } else if (before > 0 && after == 0) {
            change.removed.add(address.element());
          }
        });
  }

  private void settleChains(Change change) {
    change.users.forEach(
        (chain, difference) -> {
          PickChain pick = PickChain.of(chain.name());
          if (difference > 0 && pick != null && !users.containsKey(chain)) {
            change.newChains.put(chain, new RuleBook(chain.table()).pick(pick));
          }
        });
    var spare = new ArrayList<ChainName>();
    users.forEach(
        (chain, count) -> {
          if (count + change.users.getOrDefault(chain, 0) == 0) {
            spare.add(chain);
          }
        });
    if (spare.size() > SPARE_CHAINS) {
      change.oldChains.addAll(spare);
    }
  }

  private void exchange(Change change, NodeFacts next) {
    for (Table table : Table.values()) {
      var before = new LinkedHashMap<ElementId, Element>();
      nodeAddresses(node, table).forEach(e -> before.put(ElementId.of(e), e));
      for (Element element : nodeAddresses(next, table)) {
        if (before.remove(ElementId.of(element)) == null) {
          change.added.add(element);
        }
      }
      change.removed.addAll(before.values());
      var rangesBefore = ranges(node, table);
      ranges(next, table)
          .forEach(
              (set, elements) -> {
                if (!sameKeys(elements, rangesBefore.getOrDefault(set, List.of()))) {
                  change.emptied.add(new SetName(table, set));
                  change.added.addAll(elements);
                }
              });
      exchange(change, table, next, doors);
    }
    change.node = next;
  }

  private void exchange(Change change, Table table, NodeFacts facts, Doors wanted) {
    var book = new RuleBook(table);
    var before = book.chains(node, doors);
    book.chains(facts, wanted)
        .forEach(
            (chain, rules) -> {
              var known = before.getOrDefault(chain, List.of());
              if (!fingerprints(rules).equals(fingerprints(known))) {
                change.rules.put(new ChainName(table, chain), rules);
              }
            });
  }

  /** The elements of the sets that hold ranges of addresses. */
  static Map<NamedSet, List<Element>> ranges(NodeFacts facts, Table table) {
    List<Cidr> pods = facts.pods() instanceof PodSources.Ranges known ? known.ranges() : List.of();
    return Map.of(
        NamedSet.POD_RANGES,
        Ranges.elements(pods, table, NamedSet.POD_RANGES),
        NamedSet.SERVICE_RANGES,
        Ranges.elements(facts.serviceRanges(), table, NamedSet.SERVICE_RANGES));
  }

  /**
   * The elements of {@link NamedSet#NODE_ADDRESSES}. Loopback addresses are none of them: answers
   * from another host can't come back to one without {@code route_localnet}, which this mode leaves
   * alone.
   */
  static List<Element> nodeAddresses(NodeFacts facts, Table table) {
    return facts.nodePortAddresses().stream()
        .filter(ip -> ip.family() == table.family())
        .filter(ip -> LOOPBACK.stream().noneMatch(range -> range.contains(ip)))
        .distinct()
        .map(ip -> Element.member(table, NamedSet.NODE_ADDRESSES, ip.bytes()))
        .toList();
  }

  static List<Long> fingerprints(List<Rule> rules) {
    return rules.stream().map(Rule::fingerprint).toList();
  }

  private static boolean sameKeys(List<Element> some, List<Element> others) {
    return some.stream()
        .map(ElementId::of)
        .toList()
        .equals(others.stream().map(ElementId::of).toList());
  }

  /** The kernel has taken the change. */
  void commit(Change change) {
    change.ports.forEach(
        (key, port) -> {
          PortState old = port == null ? ports.remove(key) : ports.put(key, port);
          if (old != null) {
            ids.removeAll(old.ids());
          }
          if (port != null) {
            ids.addAll(port.ids());
          }
        });
    change.shared.forEach(
        (address, difference) -> {
          if (difference != 0) {
            shared.merge(address, difference, (a, b) -> a + b == 0 ? null : Integer.valueOf(a + b));
          }
        });
    change.users.forEach((chain, difference) -> users.merge(chain, difference, Integer::sum));
    change.oldChains.forEach(users::remove);
    if (change.node != null) {
      node = change.node;
    }
    if (change.doors != null) {
      doors = change.doors;
    }
  }
}
