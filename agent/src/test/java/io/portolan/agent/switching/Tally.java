package io.portolan.agent.switching;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** What clients have met; safe for any thread. */
final class Tally {
  /** What was tried. */
  enum Kind {
    SHORT_TCP,
    LONG_TCP,
    NEW_UDP,
    UDP_FLOW,
    AFFINITY,
    NEWCOMER
  }

  /** What must not be. */
  enum Fault {
    FAILED,
    RESET,
    MISDIRECTED,
    AFFINITY_LOST
  }

  private static final int MOST_WORDS = 20;

  private final long start = System.nanoTime();
  private final Map<Kind, AtomicLong> asked = new EnumMap<>(Kind.class);
  private final Map<Kind, Map<Fault, AtomicLong>> faults = new EnumMap<>(Kind.class);
  private final List<String> words = new ArrayList<>();

  Tally() {
    for (Kind kind : Kind.values()) {
      asked.put(kind, new AtomicLong());
      var all = new EnumMap<Fault, AtomicLong>(Fault.class);
      for (Fault fault : Fault.values()) {
        all.put(fault, new AtomicLong());
      }
      faults.put(kind, all);
    }
  }

  private Map<Fault, AtomicLong> of(Kind kind) {
    return Objects.requireNonNull(faults.get(kind));
  }

  private static <K> AtomicLong count(Map<K, AtomicLong> counts, K what) {
    return Objects.requireNonNull(counts.get(what));
  }

  void asked(Kind kind) {
    count(asked, kind).incrementAndGet();
  }

  void fault(Kind kind, Fault fault, String what) {
    if (count(of(kind), fault).incrementAndGet() <= MOST_WORDS) {
      note(kind + " " + fault + ": " + what);
    }
  }

  /** Something that happened beside, to read the faults by. */
  void note(String what) {
    synchronized (words) {
      words.add("%.3f s %s".formatted((System.nanoTime() - start) / 1e9, what));
    }
  }

  /** How often it was tried. */
  long tried(Kind kind) {
    return count(asked, kind).get();
  }

  /** All faults, but for newcomers without a place: see {@link Stress}. */
  long faults() {
    long all =
        faults.values().stream()
            .flatMap(each -> each.values().stream())
            .mapToLong(AtomicLong::get)
            .sum();
    return all - count(of(Kind.NEWCOMER), Fault.AFFINITY_LOST).get();
  }

  /** The first faults of each kind and what was noted beside, with the time since the start. */
  List<String> words() {
    synchronized (words) {
      return List.copyOf(words);
    }
  }

  @Override
  public String toString() {
    return asked.entrySet().stream()
        .map(each -> word(each.getKey()) + " " + each.getValue() + faultWords(each.getKey()))
        .collect(Collectors.joining(", "));
  }

  private String faultWords(Kind kind) {
    return of(kind).entrySet().stream()
        .filter(each -> each.getValue().get() > 0)
        .map(each -> " (" + each.getValue() + " " + word(each.getKey()) + ")")
        .collect(Collectors.joining());
  }

  private static String word(Enum<?> some) {
    return some.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
