package io.portolan.agent.dataplane.nftables;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the kernel has of a table, but for the elements. */
final class KernelTable {
  static final KernelTable ABSENT = new KernelTable(false);

  private final boolean known;
  private final Map<String, SetShape> sets = new LinkedHashMap<>();
  private final Map<String, Chain> chains = new LinkedHashMap<>();
  private final Map<String, List<Long>> rules = new LinkedHashMap<>();

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
   */
  record RuleTag(String chain, long fingerprint) {}

  KernelTable(boolean known) {
    this.known = known;
  }

  Map<String, SetShape> sets() {
    return sets;
  }

  Map<String, Chain> chains() {
    return chains;
  }

  void rule(RuleTag rule) {
    rules.computeIfAbsent(rule.chain(), c -> new ArrayList<>()).add(rule.fingerprint());
  }

  /** Fingerprints of the rules of a chain in their order. */
  List<Long> rules(String chain) {
    return rules.getOrDefault(chain, List.of());
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
