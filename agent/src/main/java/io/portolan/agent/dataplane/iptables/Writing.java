package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.Doors;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The order in which a change of all stacks is written, so that traffic is right after each step:
 * what closes comes first, entrance before exit; then new sets and elements, the table filter, the
 * table nat; then what opens, exit before entrance; at last what no rule asks for any more.
 *
 * @param changes of chains and sets, behind the doors
 * @param doors the rules that make them
 * @param target the doors as they shall be
 * @param loopback whether NodePorts answer on loopback
 */
record Writing(
    Kernel kernel,
    LoopbackRoute route,
    Map<Stack, Change> changes,
    Map<Stack, DoorChange> doors,
    Doors target,
    boolean loopback) {

  /** Writes it whole or not at all. */
  void make() {
    steps().make();
  }

  /** Writes what takes everything away; when something is refused, what went before is gone. */
  void clear() {
    steps().makeAsFarAsPossible();
  }

  private Steps steps() {
    var steps = new Steps();
    boolean routes = loopback && target.exit();
    if (!Jumps.entrance(target)) {
      doors(steps, BaseRule::entrance);
    }
    if (!routes && route.held()) {
      steps.whole(route::close, route::open);
    }
    if (!target.exit()) {
      doors(steps, rule -> rule.table() == Table.NAT && !rule.entrance());
      doors(steps, rule -> rule.table() == Table.FILTER);
    }
    sets(steps, Script.more(changes), () -> Script.less(back()));
    for (Table table : Table.values()) {
      changes.forEach(
          (stack, change) ->
              tables(
                  steps,
                  stack,
                  Script.restore(table, change),
                  () -> Script.restore(table, change.turned())));
    }
    if (target.exit()) {
      doors(steps, rule -> rule.table() == Table.FILTER);
    }
    if (routes) {
      steps.whole(route::open, route.held() ? () -> {} : route::close);
    }
    if (target.exit()) {
      // A commit is one moment for exit and entrance.
      boolean entrance = Jumps.entrance(target);
      doors(steps, rule -> rule.table() == Table.NAT && (entrance || !rule.entrance()));
    }
    sets(steps, Script.less(changes), () -> Script.more(back()));
    return steps;
  }

  private Map<Stack, Change> back() {
    var back = new EnumMap<Stack, Change>(Stack.class);
    changes.forEach((stack, change) -> back.put(stack, change.turned()));
    return back;
  }

  /** One step for each stack; the rules that it is about are all in one table. */
  private void doors(Steps steps, Predicate<BaseRule> which) {
    doors.forEach(
        (stack, change) -> {
          DoorChange part = change.only(which);
          tables(steps, stack, Script.doors(part), () -> Script.doors(part.turned()));
        });
  }

  /** The way back is only asked for when it is needed: it is as long as the change itself. */
  private void tables(Steps steps, Stack stack, Script script, Supplier<Script> back) {
    if (!script.isEmpty()) {
      steps.whole(() -> kernel.restore(stack, script), () -> kernel.restore(stack, back.get()));
    }
  }

  private void sets(Steps steps, Script script, Supplier<Script> back) {
    if (!script.isEmpty()) {
      steps.partly(() -> kernel.sets(script), () -> kernel.sets(back.get()));
    }
  }
}
