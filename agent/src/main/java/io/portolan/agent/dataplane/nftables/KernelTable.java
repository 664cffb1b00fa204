package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.Doors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the kernel has of a table, but for the elements. */
final class KernelTable {
  static final KernelTable ABSENT = new KernelTable(false, false);

  private final boolean known;
  private final boolean asleep;
  private final Map<String, SetShape> sets = new LinkedHashMap<>();
  private final Map<String, Chain> chains = new LinkedHashMap<>();
  private final Map<String, List<RuleTag>> rules = new LinkedHashMap<>();

  /**
   * A chain.
   *
   * @param hook null when it is not a base chain
   * @param usual whether type and policy of a base chain are as ours are
   */
  record Chain(@Nullable Hook hook, boolean usual) {}

  /**
   * A rule.
   *
   * @param fingerprint 0 when it is not ours
   * @param leads the chain that it jumps or goes to; empty when it does not
   */
  record RuleTag(String chain, long fingerprint, String leads) {}

  /**
   * A table of which nothing else is known yet.
   *
   * @param known whether its layout is ours
   * @param asleep whether its hooks are gone for a while ({@code NFT_TABLE_F_DORMANT})
   */
  KernelTable(boolean known, boolean asleep) {
    this.known = known;
    this.asleep = asleep;
  }

  Map<String, SetShape> sets() {
    return sets;
  }

  Map<String, Chain> chains() {
    return chains;
  }

  void rule(RuleTag rule) {
    rules.computeIfAbsent(rule.chain(), c -> new ArrayList<>()).add(rule);
  }

  /** Fingerprints of the rules of a chain in their order. */
  List<Long> rules(String chain) {
    return rules.getOrDefault(chain, List.of()).stream().map(RuleTag::fingerprint).toList();
  }

  /**
   * How wide the doors stand; the widest where the hooks differ. Of another layout too, by what the
   * rules do: whatever leads from a hook to another chain lets everyone in.
   */
  Doors doors(Table table) {
    if (asleep) {
      return Doors.CLOSED;
    }
    var book = new RuleBook(table);
    var widest = Doors.CLOSED;
    for (Map.Entry<String, Chain> chain : chains.entrySet()) {
      Hook hook = chain.getValue().hook();
      List<RuleTag> there = rules.getOrDefault(chain.getKey(), List.of());
      Doors doors = Doors.CLOSED;
      if (hook != null && hook.entrance()) {
        doors = entrance(there, book);
      } else if (hook != null && hook.exit() && there.stream().anyMatch(this::ours)) {
        doors = Doors.EXIT;
      }
      if (doors.compareTo(widest) > 0) {
        widest = doors;
      }
    }
    return widest;
  }

  private Doors entrance(List<RuleTag> there, RuleBook book) {
    long probes = book.entrance(Doors.PROBES).getFirst().fingerprint();
    long noProbes = book.entrance(Doors.NO_PROBES).getFirst().fingerprint();
    var doors = Doors.CLOSED;
    boolean without = false;
    for (RuleTag rule : there) {
      if (rule.fingerprint() == probes) {
        doors = Doors.PROBES;
      } else if (rule.fingerprint() == noProbes) {
        without = true;
      } else if (known ? rule.leads().equals(RuleBook.SERVICES) : !rule.leads().isEmpty()) {
        return without ? Doors.NO_PROBES : Doors.OPEN;
      }
    }
    return doors;
  }

  private boolean ours(RuleTag rule) {
    return rule.fingerprint() != 0 || !known;
  }

  /** Whether what is there can be brought in line piece by piece. */
  boolean usable(Table table) {
    if (!known) {
      return false;
    }
    for (NamedSet set : NamedSet.values()) {
      SetShape shape = sets.get(set.label());
      if (shape != null && !shape.equals(set.shape(table))) {
        return false;
      }
    }
    for (Map.Entry<String, Chain> chain : chains.entrySet()) {
      Hook hook = Hook.of(chain.getKey());
      boolean ours =
          hook != null
              || RuleBook.FIXED.contains(chain.getKey())
              || PickChain.of(chain.getKey()) != null;
      if (ours && !(chain.getValue().usual() && Objects.equals(chain.getValue().hook(), hook))) {
        return false;
      }
    }
    return true;
  }
}
