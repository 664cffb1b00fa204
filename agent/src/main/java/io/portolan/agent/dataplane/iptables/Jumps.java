package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.plan.ProbeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The doors: one rule in each of the kernel's own chains leads to a chain of ours. Where the rules
 * of the entrance stand, nat OUTPUT and PREROUTING, packets are translated. All others are of the
 * exit, those of the table filter too: they let through what was translated, and meet the
 * connections to Services that nobody has translated, which every mode refuses and drops alike. So
 * {@code PROBES} does not narrow them: the mode that serves says the same of every other packet,
 * and a probe must find all that a packet would find.
 */
final class Jumps {
  private static final String COMMENT = Text.comment("Services of Kubernetes, by Portolan");

  private record Place(Table table, String from, String to) {}

  private static final List<Place> EXIT =
      List.of(
          new Place(Table.FILTER, "INPUT", NodeRules.INPUT),
          new Place(Table.FILTER, "FORWARD", NodeRules.FORWARD),
          new Place(Table.FILTER, "OUTPUT", NodeRules.OUTPUT),
          new Place(Table.NAT, "POSTROUTING", NodeRules.POSTROUTING));

  private static final List<Place> ENTRANCE =
      List.of(
          new Place(Table.NAT, "PREROUTING", NodeRules.SERVICES),
          new Place(Table.NAT, "OUTPUT", NodeRules.SERVICES));

  private Jumps() {}

  /** Those of the doors. */
  static List<BaseRule> of(Stack stack, Doors doors) {
    var rules = new ArrayList<BaseRule>();
    if (doors.exit()) {
      EXIT.forEach(place -> rules.add(rule(place, "")));
    }
    if (entrance(doors)) {
      String who = doors.probes() ? doors.serve() ? "" : probes(stack) : "! " + probes(stack);
      ENTRANCE.forEach(place -> rules.add(rule(place, who)));
    }
    return rules;
  }

  /** Whether anyone comes in. */
  static boolean entrance(Doors doors) {
    return doors.probes() || doors.serve();
  }

  private static BaseRule rule(Place place, String who) {
    return new BaseRule(place.table(), place.from(), who + COMMENT + " -j " + place.to());
  }

  private static String probes(Stack stack) {
    return "-s %s/%d ".formatted(ProbeSource.of(stack.family()), stack.v6() ? 128 : 32);
  }

  /** The rules in the kernel's own chains, and those of other hands, that lead to ours. */
  static List<BaseRule> in(SavedTables tables) {
    var rules = new ArrayList<BaseRule>();
    tables
        .chains()
        .forEach(
            (chain, lines) -> {
              if (!SavedTables.ours(chain)) {
                lines.stream()
                    .map(line -> new BaseRule(chain.table(), chain.name(), line))
                    .filter(rule -> !rule.leadsTo().isEmpty())
                    .forEach(rules::add);
              }
            });
    return rules;
  }

  /** A rule in our own words when it differs in its text alone. */
  static BaseRule told(Stack stack, BaseRule found) {
    for (Doors doors : Doors.values()) {
      for (BaseRule ours : of(stack, doors)) {
        if (ours.table() == found.table()
            && ours.chain().equals(found.chain())
            && RuleText.canonical(ours.rule()).equals(RuleText.canonical(found.rule()))) {
          return ours;
        }
      }
    }
    return found;
  }

  /** The doors that some of these rules make; a rule for the entrance that is not known is open. */
  static Doors doors(Stack stack, List<BaseRule> found) {
    boolean probes = false;
    boolean others = false;
    for (BaseRule rule : found) {
      if (rule.entrance()) {
        BaseRule told = told(stack, rule);
        probes |= !of(stack, Doors.NO_PROBES).contains(told);
        others |= !of(stack, Doors.PROBES).contains(told);
      }
    }
    return doors(!found.isEmpty(), probes, others);
  }

  /** The doors through which whoever passes one of these passes. */
  static Optional<Doors> widest(Set<Doors> some) {
    return some.isEmpty()
        ? Optional.empty()
        : Optional.of(
            doors(
                some.stream().anyMatch(Doors::exit),
                some.stream().anyMatch(Doors::probes),
                some.stream().anyMatch(Doors::serve)));
  }

  private static Doors doors(boolean exit, boolean probes, boolean others) {
    if (others) {
      return probes ? Doors.OPEN : Doors.NO_PROBES;
    }
    return probes ? Doors.PROBES : exit ? Doors.EXIT : Doors.CLOSED;
  }
}
