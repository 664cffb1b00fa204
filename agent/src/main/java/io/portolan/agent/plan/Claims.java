package io.portolan.agent.plan;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who asks for which frontend. Of several the one with the better right has it, whatever came first
 * in time, for every node and every restart must decide alike: a ClusterIP goes before the address
 * of a load balancer, that before an external IP, which anyone may write into a Service
 * (CVE-2020-8554); among equals the order of keys decides.
 */
final class Claims {
  /** What a packet shows: the address is null for a NodePort. */
  record Spot(Protocol protocol, IpFamily family, @Nullable Ip ip, int port) {
    static Spot of(PortKey key, Frontend frontend) {
      Ip ip = frontend instanceof Frontend.Address at ? at.ip() : null;
      return new Spot(key.protocol(), key.family(), ip, frontend.port());
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Spot that
          && port == that.port
          && protocol == that.protocol
          && family == that.family
          && Objects.equals(ip, that.ip);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * (31 * Objects.hashCode(ip) + port) + protocol.hashCode())
          + family.hashCode();
    }
  }

  /** One Service port that asks for a spot. */
  private record Claim(int rank, PortKey key) implements Comparable<Claim> {
    private static final Comparator<Claim> ORDER =
        Comparator.comparingInt(Claim::rank).thenComparing(Claim::key);

    static Claim of(PortKey key, Frontend frontend) {
      return new Claim(
          switch (frontend) {
            case Frontend.ClusterIp at -> 0;
            case Frontend.LoadBalancerIp at -> 1;
            case Frontend.ExternalIp at -> 2;
            case Frontend.NodePort at -> 0;
          },
          key);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Claim that && rank == that.rank && key.equals(that.key);
    }

    @Override
    public int hashCode() {
      return 31 * key.hashCode() + rank;
    }

    @Override
    public int compareTo(Claim other) {
      return ORDER.compare(this, other);
    }
  }

  private final Map<Spot, Claim> holders = new HashMap<>();

  /** Those that wait; almost always empty. */
  private final Map<Spot, SortedSet<Claim>> losers = new HashMap<>();

  /** Adds a claim; whoever loses the frontend by it is added to {@code affected}. */
  void take(PortKey key, Frontend frontend, Set<PortKey> affected) {
    Spot spot = Spot.of(key, frontend);
    Claim claim = Claim.of(key, frontend);
    Claim holder = holders.putIfAbsent(spot, claim);
    if (holder == null || holder.equals(claim)) {
      return;
    }
    SortedSet<Claim> waiting = losers.computeIfAbsent(spot, c -> new TreeSet<>());
    if (claim.compareTo(holder) < 0) {
      holders.put(spot, claim);
      waiting.add(holder);
      affected.add(holder.key());
    } else {
      waiting.add(claim);
    }
  }

  /** Takes a claim back; whoever gets the frontend by it is added to {@code affected}. */
  void release(PortKey key, Frontend frontend, Set<PortKey> affected) {
    Spot spot = Spot.of(key, frontend);
    Claim claim = Claim.of(key, frontend);
    SortedSet<Claim> waiting = losers.get(spot);
    if (!claim.equals(holders.get(spot))) {
      if (waiting != null) {
        waiting.remove(claim);
        forgetIfEmpty(spot, waiting);
      }
      return;
    }
    if (waiting == null) {
      holders.remove(spot);
      return;
    }
    Claim next = waiting.removeFirst();
    holders.put(spot, next);
    affected.add(next.key());
    forgetIfEmpty(spot, waiting);
  }

  boolean holds(PortKey key, Frontend frontend) {
    return Claim.of(key, frontend).equals(holders.get(Spot.of(key, frontend)));
  }

  /** Who does not get frontends that it asks for, and who has those instead. */
  SortedMap<PortKey, SortedSet<PortKey>> conflicts() {
    var conflicts = new TreeMap<PortKey, SortedSet<PortKey>>();
    losers.forEach(
        (spot, waiting) -> {
          Claim holder = holders.get(spot);
          for (Claim loser : waiting) {
            if (holder != null && !holder.key().equals(loser.key())) {
              conflicts.computeIfAbsent(loser.key(), k -> new TreeSet<>()).add(holder.key());
            }
          }
        });
    return conflicts;
  }

  private void forgetIfEmpty(Spot spot, SortedSet<Claim> waiting) {
    if (waiting.isEmpty()) {
      losers.remove(spot);
    }
  }
}
