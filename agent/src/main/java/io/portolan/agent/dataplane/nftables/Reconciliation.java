package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.nftables.Change.ChainName;
import io.portolan.agent.dataplane.nftables.Change.SetName;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * From what the kernel holds to what a plan wants, with as few changes as there can be:
 *
 * <ol>
 *   <li>Service ports keep the numbers, and endpoints the slots, that the kernel has for them.
 *   <li>What then differs is written; what nothing explains is removed.
 * </ol>
 */
final class Reconciliation {
  private final Map<Table, KernelTable> kernel;
  private final Map<SetName, Map<ElementKey, Element>> found = new HashMap<>();
  private final Model model = new Model();
  private final Change change = new Change();
  private final Map<Table, List<String>> foreignSets = new EnumMap<>(Table.class);
  private int missing;
  private int stale;
  private int foreign;

  private record ElementKey(ByteBuffer key, boolean end) {
    static ElementKey of(Element element) {
      return new ElementKey(ByteBuffer.wrap(element.key()), element.end());
    }
  }

  /**
   * Compares.
   *
   * @param kernel both tables; an unusable one is built anew
   * @param reader reads the elements of the usable ones
   */
  Reconciliation(Map<Table, KernelTable> kernel, KernelReader reader, Plan plan) {
    this.kernel = kernel;
    for (Table table : Table.values()) {
      if (usable(table)) {
        for (NamedSet set : NamedSet.values()) {
          if (set != NamedSet.AFFINITY && state(table).sets().containsKey(set.label())) {
            var elements = new HashMap<ElementKey, Element>();
            reader.elements(table, set).forEach(e -> elements.put(ElementKey.of(e), e));
            found.put(new SetName(table, set), elements);
          }
        }
      } else if (state(table) != KernelTable.ABSENT) {
        stale++;
      }
    }
    adopt(plan);
    chains(plan);
    model.ports().forEach(port -> port.elements().forEach(this::want));
    model.shared().forEach(address -> want(address.element()));
    for (Table table : Table.values()) {
      Model.nodeAddresses(plan.node(), table).forEach(this::want);
      ranges(table, Ranges.elements(plan.node(), table));
    }
    found.values().forEach(rest -> rest.values().forEach(this::unexplained));
  }

  Model model() {
    return model;
  }

  Change change() {
    return change;
  }

  Audit audit() {
    return new Audit(missing, stale, foreign);
  }

  /** Whether the table must be made, after deleting what may be there. */
  boolean rebuild(Table table) {
    return !usable(table);
  }

  /** Whether there is something to delete before the table is made. */
  boolean present(Table table) {
    return state(table) != KernelTable.ABSENT;
  }

  /** Sets of the layout that the kernel does not have. */
  List<NamedSet> newSets(Table table) {
    return Arrays.stream(NamedSet.values())
        .filter(s -> rebuild(table) || !state(table).sets().containsKey(s.label()))
        .toList();
  }

  /** Chains in {@link Change#rules} that do not exist. */
  boolean newChain(ChainName chain) {
    return rebuild(chain.table()) || !state(chain.table()).chains().containsKey(chain.name());
  }

  /** Sets that are not ours. */
  List<String> foreignSets(Table table) {
    return foreignSets.getOrDefault(table, List.of());
  }

  private void adopt(Plan plan) {
    model.node(plan.node());
    var open = new TreeMap<PortKey, PortPlan>();
    var ids = new HashMap<PortKey, Integer>();
    var taken = new HashSet<Integer>();
    for (PortPlan port : plan.ports().values()) {
      int id = knownId(port);
      if (id != 0 && taken.add(id)) {
        ids.put(port.key(), id);
      }
      open.put(port.key(), port);
    }
    open.forEach(
        (key, port) -> {
          Integer known = ids.get(key);
          int id = known == null ? model.freeId(key, taken) : known;
          taken.add(id);
          model.add(adopted(port, id));
        });
  }

  /** The number that the kernel has for one of the port's frontends; 0 when it has none. */
  private int knownId(PortPlan port) {
    Table table = Table.of(port.key().family());
    byte[] comment = PortState.comment(port.key());
    int protocol = port.key().protocol().number();
    for (Frontend frontend : port.frontends()) {
      Element element =
          switch (frontend) {
            case Frontend.ClusterIp at ->
                find(table, NamedSet.SERVICE_IDS, Element.service(at.ip(), protocol, at.port()));
            case Frontend.NodePort at ->
                find(table, NamedSet.NODEPORT_IDS, Element.nodePort(protocol, at.port()));
          };
      if (element != null && Arrays.equals(element.userdata(), comment)) {
        return Element.number(element.data());
      }
    }
    return 0;
  }

  private PortState adopted(PortPlan port, int id) {
    Table table = Table.of(port.key().family());
    var byTarget = new HashMap<ByteBuffer, Endpoint>();
    for (Endpoint endpoint : port.endpoints()) {
      byTarget.put(ByteBuffer.wrap(Element.target(endpoint.ip(), endpoint.port())), endpoint);
    }
    var slots = new ArrayList<@Nullable Endpoint>();
    var numbers = new HashMap<Endpoint, Integer>();
    for (int i = 0; i < port.endpoints().size(); i++) {
      Element target;
      int number = 0;
      if (port.affinitySeconds() == 0) {
        target = find(table, NamedSet.ENDPOINTS, Element.marks(id, i));
      } else {
        Element stored = find(table, NamedSet.STICKY_SLOTS, Element.marks(i, id));
        number = stored == null ? 0 : Element.number(stored.data());
        target = find(table, NamedSet.STICKY_ENDPOINTS, Element.marks(number, id));
      }
      Endpoint endpoint = target == null ? null : byTarget.get(ByteBuffer.wrap(target.data()));
      slots.add(endpoint);
      if (endpoint != null && number != 0) {
        numbers.put(new Endpoint(endpoint.ip(), endpoint.port(), false), number);
      }
    }
    return PortState.of(port, id, slots, numbers);
  }

  private @Nullable Element find(Table table, NamedSet set, byte[] key) {
    return found
        .getOrDefault(new SetName(table, set), Map.of())
        .get(new ElementKey(ByteBuffer.wrap(key), false));
  }

  private void want(Element element) {
    var elements = found.get(new SetName(element.table(), element.set()));
    Element there = elements == null ? null : elements.remove(ElementKey.of(element));
    if (there == null) {
      missing++;
      change.added.add(element);
    } else if (!there.same(element)) {
      stale++;
      change.removed.add(there);
      change.added.add(element);
    }
  }

  /** An interval set is small, and the kernel is particular about its order: all or nothing. */
  private void ranges(Table table, List<Element> wanted) {
    var name = new SetName(table, NamedSet.POD_RANGES);
    var there = found.getOrDefault(name, Map.of());
    found.remove(name);
    var keys = new HashSet<ElementKey>();
    for (Element element : wanted) {
      keys.add(ElementKey.of(element));
      missing += there.containsKey(ElementKey.of(element)) ? 0 : 1;
    }
    // The kernel itself adds an end before the first range.
    var more =
        there.values().stream()
            .filter(e -> !keys.contains(ElementKey.of(e)) && !(e.end() && isZero(e.key())))
            .toList();
    foreign += more.size();
    if (!more.isEmpty() || !there.keySet().containsAll(keys)) {
      if (!there.isEmpty()) {
        change.emptied.add(name);
      }
      change.added.addAll(wanted);
    }
  }

  private void unexplained(Element element) {
    if (Userdata.ours(element.userdata())) {
      stale++;
    } else {
      foreign++;
    }
    change.removed.add(element);
  }

  private void chains(Plan plan) {
    Set<ChainName> used = model.usedChains();
    for (Table table : Table.values()) {
      var book = new RuleBook(table);
      var wanted = book.chains(plan.node());
      wanted.forEach((name, rules) -> compare(new ChainName(table, name), rules));
      for (String name : usable(table) ? state(table).chains().keySet() : Set.<String>of()) {
        if (!wanted.containsKey(name)) {
          other(new ChainName(table, name), used, book);
        }
      }
      for (String name : usable(table) ? state(table).sets().keySet() : Set.<String>of()) {
        if (NamedSet.of(name) == null) {
          foreign++;
          foreignSets.computeIfAbsent(table, t -> new ArrayList<>()).add(name);
        }
      }
    }
    for (ChainName chain : used) {
      if (newChain(chain)) {
        var rules = new RuleBook(chain.table()).pick(pick(chain));
        missing += 1 + rules.size();
        change.newChains.put(chain, rules);
      }
    }
  }

  /** A chain of the kernel that is not one of those that always exist. */
  private void other(ChainName chain, Set<ChainName> used, RuleBook book) {
    PickChain pick = PickChain.of(chain.name());
    if (pick == null) {
      foreign += 1 + state(chain.table()).rules(chain.name()).size();
      change.oldChains.add(chain);
      return;
    }
    var rules = book.pick(pick);
    boolean sound = state(chain.table()).rules(chain.name()).equals(Model.fingerprints(rules));
    if (used.contains(chain) || sound) {
      compare(chain, rules);
      model.chain(chain);
    } else {
      stale++;
      change.oldChains.add(chain);
    }
  }

  private void compare(ChainName chain, List<Rule> rules) {
    if (newChain(chain)) {
      missing += 1 + rules.size();
      change.rules.put(chain, rules);
      return;
    }
    var wanted = Model.fingerprints(rules);
    var there = state(chain.table()).rules(chain.name());
    if (there.equals(wanted)) {
      return;
    }
    change.rules.put(chain, rules);
    int before = missing + stale + foreign;
    for (long fingerprint : there) {
      if (fingerprint == 0) {
        foreign++;
      } else if (!wanted.contains(fingerprint)) {
        stale++;
      }
    }
    for (long fingerprint : wanted) {
      missing += there.contains(fingerprint) ? 0 : 1;
    }
    stale += missing + stale + foreign == before ? 1 : 0; // Only their order differs.
  }

  private KernelTable state(Table table) {
    return kernel.getOrDefault(table, KernelTable.ABSENT);
  }

  private boolean usable(Table table) {
    return state(table).usable(table);
  }

  private static PickChain pick(ChainName chain) {
    return Objects.requireNonNull(PickChain.of(chain.name()));
  }

  private static boolean isZero(byte[] key) {
    for (byte b : key) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
