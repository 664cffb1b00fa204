package io.portolan.agent.others;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * What goes when kube-proxy's rules are taken out of the tables of one backend and family. Pure.
 *
 * <ul>
 *   <li>Its own chains go, and the rules by which the kernel's own chains jump to them.
 *   <li>{@code KUBE-MARK-MASQ} and {@code KUBE-POSTROUTING} go along with them. Where they stand
 *       alone an old kubelet has made them, and they stay; one that misses them makes them anew.
 *   <li>A chain to which somebody else's chain jumps stays, or that rule could not: emptied, but
 *       for the two above, which then stay as they are, because they do what that rule is for.
 * </ul>
 */
final class Cut {
  /** A chain of a table. */
  record Place(String table, String chain) {}

  /**
   * A rule that goes to a chain.
   *
   * @param kernels whether it stands in a chain of the kernel's own
   */
  record Jump(Place from, boolean kernels, String target) {
    Place to() {
      return new Place(from.table(), target);
    }
  }

  private final Set<Place> whole = new HashSet<>();
  private final Set<Place> deleted = new HashSet<>();
  private final Set<Place> emptied = new HashSet<>();
  private final Set<Place> own = new HashSet<>();

  private Cut() {}

  static Cut of(Collection<Place> chains, Collection<Jump> jumps) {
    var cut = new Cut();
    for (Place chain : chains) {
      if (Ownership.ofKubeProxy(chain.table(), chain.chain())) {
        cut.own.add(chain);
      }
    }
    if (!cut.own.isEmpty()) {
      for (Place chain : chains) {
        if (Ownership.shared(chain.table(), chain.chain())) {
          cut.own.add(chain);
        }
      }
    }
    for (Jump jump : jumps) {
      if (!jump.kernels() && !cut.own.contains(jump.from()) && cut.own.contains(jump.to())) {
        cut.emptied.add(jump.to());
      }
    }
    if (cut.emptied.stream().anyMatch(held -> Ownership.shared(held.table(), held.chain()))) {
      for (Place chain : cut.own) {
        if (Ownership.shared(chain.table(), chain.chain())) {
          cut.whole.add(chain);
        }
      }
    }
    cut.emptied.removeAll(cut.whole);
    cut.deleted.addAll(cut.own);
    cut.deleted.removeAll(cut.whole);
    cut.deleted.removeAll(cut.emptied);
    return cut;
  }

  /** Whether there is nothing of kube-proxy. */
  boolean isEmpty() {
    return own.isEmpty();
  }

  /** Whether the chain goes. */
  boolean deletes(Place chain) {
    return deleted.contains(chain);
  }

  /** Whether the chain stays, without its rules. */
  boolean empties(Place chain) {
    return emptied.contains(chain);
  }

  /** Whether the rule goes by itself; those of chains that go or are emptied go with them. */
  boolean deletes(Jump jump) {
    return jump.kernels() && own.contains(jump.to()) && !whole.contains(jump.to());
  }

  /** Chains of kube-proxy that stay, because somebody else's rules go to them. */
  Set<Place> held() {
    var held = new HashSet<>(emptied);
    held.addAll(whole);
    return held;
  }
}
