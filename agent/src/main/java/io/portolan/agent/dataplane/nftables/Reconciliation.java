package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.nftables.Change.ChainName;
import io.portolan.agent.dataplane.nftables.Change.SetName;
import io.portolan.agent.plan.Plan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

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
  private final FoundElements found = new FoundElements();
  private final Model model;
  private final Change change = new Change();
  private final Map<Table, List<String>> foreignSets = new EnumMap<>(Table.class);
  private int missing;
  private int stale;
  private int foreign;

  /**
   * Compares.
   *
   * @param kernel both tables; an unusable one is built anew
   * @param reader reads the elements of the usable ones
   */
  Reconciliation(Map<Table, KernelTable> kernel, KernelReader reader, Plan plan, Doors doors) {
    this.kernel = kernel;
    for (Table table : Table.values()) {
      if (usable(table)) {
        for (NamedSet set : NamedSet.values()) {
          if (set != NamedSet.AFFINITY && state(table).sets().containsKey(set.label())) {
            reader.elements(table, set).forEach(found::add);
          }
        }
      } else if (state(table) != KernelTable.ABSENT) {
        stale++;
      }
    }
    model = new Adoption(found).model(plan, doors);
    chains(plan);
    model.ports().forEach(port -> port.elements().forEach(this::want));
    model.shared().forEach(address -> want(address.element()));
    for (Table table : Table.values()) {
      Model.nodeAddresses(plan.node(), table).forEach(this::want);
      Model.ranges(plan.node(), table).forEach((set, wanted) -> ranges(table, set, wanted));
    }
    found.rest().forEach(this::unexplained);
  }

  Model model() {
    return model;
  }

  Change change() {
    return change;
  }

  /**
   * Takes out of the change what must wait for the rest: an entrance that leads in, until plan and
   * exit are there; an exit that closes, until nothing comes in. Chains that may still be in use by
   * one of these wait too.
   *
   * <p>A table that is built anew takes the place of one that may serve, so there all is done at
   * once.
   */
  Change later() {
    var later = new Change();
    for (var all = change.rules.entrySet().iterator(); all.hasNext(); ) {
      var chain = all.next();
      if (waits(chain.getKey(), chain.getValue())) {
        later.rules.put(chain.getKey(), chain.getValue());
        all.remove();
      }
    }
    if (!later.quiet()) {
      later.oldChains.addAll(change.oldChains);
      change.oldChains.clear();
    }
    return later;
  }

  private boolean waits(ChainName chain, List<Rule> rules) {
    if (rebuild(chain.table()) && present(chain.table())) {
      return false;
    }
    return model.doors().exit()
        ? RuleBook.ENTRANCE.contains(chain.name()) && !rules.isEmpty()
        : chain.name().equals(RuleBook.POSTROUTING) && !newChain(chain);
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

  /** Whether a chain in {@link Change#rules} does not exist. */
  boolean newChain(ChainName chain) {
    return rebuild(chain.table()) || !state(chain.table()).chains().containsKey(chain.name());
  }

  /** Sets that are not ours. */
  List<String> foreignSets(Table table) {
    return foreignSets.getOrDefault(table, List.of());
  }

  private void want(Element element) {
    Element there = found.take(element);
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
  private void ranges(Table table, NamedSet set, List<Element> wanted) {
    var there = found.takeAll(table, set);
    var keys = new HashSet<ElementId>();
    for (Element element : wanted) {
      keys.add(ElementId.of(element));
      missing += there.containsKey(ElementId.of(element)) ? 0 : 1;
    }
    // The kernel itself adds an end before the first range.
    var more =
        there.values().stream()
            .filter(e -> !keys.contains(ElementId.of(e)) && !(e.end() && isZero(e.key())))
            .toList();
    foreign += more.size();
    if (!more.isEmpty() || !there.keySet().containsAll(keys)) {
      if (!there.isEmpty()) {
        change.emptied.add(new SetName(table, set));
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
      var wanted = book.chains(plan.node(), model.doors());
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
