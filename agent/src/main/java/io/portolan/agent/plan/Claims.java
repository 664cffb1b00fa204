package io.portolan.agent.plan;

import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who asks for which frontend. Of several the first by the order of keys has it, whatever came
 * first in time: every node and every restart must decide alike.
 */
final class Claims {
  /** A frontend as packets see it. */
  record Claim(Protocol protocol, IpFamily family, Frontend frontend) {
    static Claim of(PortKey key, Frontend frontend) {
      return new Claim(key.protocol(), key.family(), frontend);
    }
  }

  private final Map<Claim, PortKey> holders = new HashMap<>();

  /** Those that wait; almost always empty. */
  private final Map<Claim, SortedSet<PortKey>> losers = new HashMap<>();

  /** Adds a claim; whoever loses the frontend by it is added to {@code affected}. */
  void take(PortKey key, Frontend frontend, Set<PortKey> affected) {
    Claim claim = Claim.of(key, frontend);
    PortKey holder = holders.putIfAbsent(claim, key);
    if (holder == null || holder.equals(key)) {
      return;
    }
    SortedSet<PortKey> waiting = losers.computeIfAbsent(claim, c -> new TreeSet<>());
    if (key.compareTo(holder) < 0) {
      holders.put(claim, key);
      waiting.add(holder);
      affected.add(holder);
    } else {
      waiting.add(key);
    }
  }

  /** Takes a claim back; whoever gets the frontend by it is added to {@code affected}. */
  void release(PortKey key, Frontend frontend, Set<PortKey> affected) {
    Claim claim = Claim.of(key, frontend);
    SortedSet<PortKey> waiting = losers.get(claim);
    if (!key.equals(holders.get(claim))) {
      if (waiting != null) {
        waiting.remove(key);
        forgetIfEmpty(claim, waiting);
      }
      return;
    }
    if (waiting == null) {
      holders.remove(claim);
      return;
    }
    PortKey next = waiting.removeFirst();
    holders.put(claim, next);
    affected.add(next);
    forgetIfEmpty(claim, waiting);
  }

  boolean holds(PortKey key, Frontend frontend) {
    return key.equals(holders.get(Claim.of(key, frontend)));
  }

  /** Who does not get frontends that it asks for, and who has those instead. */
  SortedMap<PortKey, SortedSet<PortKey>> conflicts() {
    var conflicts = new TreeMap<PortKey, SortedSet<PortKey>>();
    losers.forEach(
        (claim, waiting) -> {
          @Nullable PortKey holder = holders.get(claim);
          if (holder != null) {
            waiting.forEach(
                loser -> conflicts.computeIfAbsent(loser, k -> new TreeSet<>()).add(holder));
          }
        });
    return conflicts;
  }

  private void forgetIfEmpty(Claim claim, SortedSet<PortKey> waiting) {
    if (waiting.isEmpty()) {
      losers.remove(claim);
    }
  }
}
