package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.iptables.Change.Exchange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel holds of one stack: the sum of all shares. What several shares have in common is
 * counted.
 */
final class Contents {
  private record Counted(List<Line> lines, int count) {}

  private final Stack stack;
  private final Map<ChainId, TreeMap<String, Counted>> chains = new HashMap<>();
  private final Map<Member, Integer> members = new HashMap<>();
  private final Map<String, Integer> clients = new HashMap<>();

  Contents(Stack stack) {
    this.stack = stack;
  }

  /** Adds shares, without a word on what that means for the kernel. */
  void fill(Collection<Share> come) {
    come.forEach(share -> count(share, 1));
  }

  /** Takes shares away and adds others; what that means for the kernel. */
  Change exchange(Collection<Share> gone, Collection<Share> come) {
    var before = new HashMap<ChainId, @Nullable List<Line>>();
    Set<Member> touched = new LinkedHashSet<>();
    Set<String> sets = new LinkedHashSet<>();
    var elements = new HashSet<Member>();
    var known = new HashSet<String>();
    for (Collection<Share> shares : List.of(gone, come)) {
      for (Share share : shares) {
        for (Piece piece : share.pieces()) {
          before.computeIfAbsent(piece.chain(), this::lines);
          before.putIfAbsent(piece.chain(), null);
        }
        touched.addAll(share.members());
        sets.addAll(share.clients());
      }
    }
    touched.stream().filter(members::containsKey).forEach(elements::add);
    sets.stream().filter(clients::containsKey).forEach(known::add);
    gone.forEach(share -> count(share, -1));
    fill(come);
    var change = new Change();
    before.forEach(
        (chain, lines) -> {
          List<Line> now = lines(chain);
          if (now == null ? lines != null : !now.equals(lines)) {
            change.chains().put(chain, new Exchange(lines, now));
          }
        });
    for (Member member : touched) {
      boolean now = members.containsKey(member);
      if (now != elements.contains(member)) {
        (now ? change.added() : change.removed()).add(member);
      }
    }
    change.sort();
    for (String set : sets) {
      boolean now = clients.containsKey(set);
      if (now != known.contains(set)) {
        (now ? change.newSets() : change.oldSets()).put(set, SetKind.clientsSpec(stack));
      }
    }
    return change;
  }

  private void count(Share share, int by) {
    for (Piece piece : share.pieces()) {
      var parts = chains.computeIfAbsent(piece.chain(), chain -> new TreeMap<>());
      Counted there = parts.get(piece.key());
      int count = (there == null ? 0 : there.count()) + by;
      if (count == 0) {
        parts.remove(piece.key());
        if (parts.isEmpty()) {
          chains.remove(piece.chain());
        }
      } else {
        parts.put(
            piece.key(),
            new Counted(by > 0 || there == null ? piece.lines() : there.lines(), count));
      }
    }
    share.members().forEach(member -> count(members, member, by));
    share.clients().forEach(set -> count(clients, set, by));
  }

  private static <T> void count(Map<T, Integer> counts, T what, int by) {
    counts.merge(what, by, (a, b) -> a + b == 0 ? null : Integer.valueOf(a + b));
  }

  /** The rules of a chain; null when it is not there. */
  @Nullable List<Line> lines(ChainId chain) {
    var parts = chains.get(chain);
    if (parts == null) {
      return null;
    }
    var lines = new ArrayList<Line>();
    parts.values().forEach(part -> lines.addAll(part.lines()));
    return lines;
  }

  Set<ChainId> chains() {
    return chains.keySet();
  }

  /** The elements of every set that always exists, none of the sets missing. */
  Map<SetKind, Set<String>> elements() {
    var all = new EnumMap<SetKind, Set<String>>(SetKind.class);
    for (SetKind kind : SetKind.values()) {
      all.put(kind, new LinkedHashSet<>());
    }
    members.keySet().forEach(m -> all.computeIfPresent(m.set(), (kind, some) -> with(some, m)));
    return all;
  }

  private static Set<String> with(Set<String> some, Member member) {
    some.add(member.element());
    return some;
  }

  /** Names of the sets of clients. */
  Set<String> clients() {
    return clients.keySet();
  }
}
