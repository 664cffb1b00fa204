package io.portolan.agent.dataplane.iptables;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The way of one stack from what the kernel holds to what it shall hold. It can be turned round.
 *
 * @param chains that differ
 * @param added elements of sets that always exist
 * @param removed the same
 * @param newSets names and what they are created with
 * @param oldSets the same
 * @param newStrays rules to insert into chains that are not ours
 * @param oldStrays rules to delete there, since they lead to chains that go
 */
record Change(
    Map<ChainId, Exchange> chains,
    List<Member> added,
    List<Member> removed,
    Map<String, String> newSets,
    Map<String, String> oldSets,
    List<BaseRule> newStrays,
    List<BaseRule> oldStrays) {

  /** The rules of a chain before and after; null: no such chain. */
  record Exchange(@Nullable List<Line> before, @Nullable List<Line> after) {
    Exchange turned() {
      return new Exchange(/* before= */ after, /* after= */ before);
    }
  }

  Change() {
    this(
        new TreeMap<>(),
        new ArrayList<>(),
        new ArrayList<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        new ArrayList<>(),
        new ArrayList<>());
  }

  /** Puts the elements into the order in which they come and go, see {@link SetKind}. */
  void sort() {
    added.sort(Comparator.comparing(Member::set));
    removed.sort(Comparator.comparing(Member::set).reversed());
  }

  /** The way back. */
  Change turned() {
    var back = new TreeMap<ChainId, Exchange>();
    chains.forEach((chain, exchange) -> back.put(chain, exchange.turned()));
    return new Change(
        back,
        /* added= */ removed.reversed(),
        /* removed= */ added.reversed(),
        /* newSets= */ oldSets,
        /* oldSets= */ newSets,
        /* newStrays= */ oldStrays,
        /* oldStrays= */ newStrays);
  }
}
