package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.iptables.Change.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares what the kernel holds of a stack with what it shall hold. An element of a set bears no
 * mark of who put it there: what is not planned counts as stale.
 */
final class Difference {
  private final Stack stack;
  private final Change change = new Change();
  private final DoorChange doors = new DoorChange(new ArrayList<>(), new ArrayList<>());
  private int missing;
  private int stale;
  private int foreign;

  private Difference(Stack stack) {
    this.stack = stack;
  }

  /**
   * Compares.
   *
   * @param wanted null: nothing of ours shall be there
   */
  static Difference of(
      Stack stack, SavedTables tables, Sets sets, @Nullable Contents wanted, Doors doors) {
    var difference = new Difference(stack);
    difference.chains(tables, wanted);
    difference.jumps(tables, wanted, doors);
    difference.sets(sets, wanted);
    return difference;
  }

  Change change() {
    return change;
  }

  DoorChange doors() {
    return doors;
  }

  Audit audit() {
    return new Audit(missing, stale, foreign);
  }

  private void chains(SavedTables tables, @Nullable Contents wanted) {
    tables
        .chains()
        .forEach(
            (chain, rules) -> {
              if (SavedTables.ours(chain)) {
                List<Line> lines = wanted == null ? null : wanted.lines(chain);
                if (lines == null) {
                  if (Names.known(chain.name())) {
                    stale += 1 + rules.size();
                  } else {
                    foreign += 1 + rules.size();
                  }
                  change.chains().put(chain, new Exchange(found(rules), null));
                } else if (!RuleText.same(lines, rules)) {
                  count(lines, rules);
                  change.chains().put(chain, new Exchange(found(rules), lines));
                }
              }
            });
    if (wanted != null) {
      for (ChainId chain : wanted.chains()) {
        List<Line> lines = wanted.lines(chain);
        if (lines != null && !tables.chains().containsKey(chain)) {
          missing += 1 + lines.size();
          change.chains().put(chain, new Exchange(null, lines));
        }
      }
    }
  }

  private static List<Line> found(List<String> rules) {
    return rules.stream().map(Line::of).toList();
  }

  private void count(List<Line> lines, List<String> rules) {
    var left = new ArrayList<String>();
    lines.forEach(line -> left.add(RuleText.canonical(line.rule())));
    int others = 0;
    for (String rule : rules) {
      if (!left.remove(RuleText.canonical(rule))) {
        others++;
        if (RuleText.ours(rule)) {
          stale++;
        } else {
          foreign++;
        }
      }
    }
    missing += left.size();
    stale += left.isEmpty() && others == 0 ? 1 : 0; // Only their order differs.
  }

  /**
   * Only the rules that make the doors.
   *
   * @param wanted the chains that rules may lead to
   */
  static DoorChange doors(Stack stack, SavedTables tables, Contents wanted, Doors doors) {
    var difference = new Difference(stack);
    difference.jumps(tables, wanted, doors);
    return difference.doors();
  }

  private void jumps(SavedTables tables, @Nullable Contents wanted, Doors target) {
    List<BaseRule> lacking = new ArrayList<>(Jumps.of(stack, target));
    for (BaseRule rule : Jumps.in(tables)) {
      if (!lacking.remove(Jumps.told(stack, rule))) {
        stale++;
        boolean stays =
            wanted == null || wanted.lines(new ChainId(rule.table(), rule.leadsTo())) != null;
        (stays ? doors.gone() : change.oldStrays()).add(rule);
      }
    }
    missing += lacking.size();
    doors.come().addAll(lacking);
  }

  private void sets(Sets there, @Nullable Contents wanted) {
    Map<SetKind, Set<String>> elements = wanted == null ? Map.of() : wanted.elements();
    Set<String> clients = wanted == null ? Set.of() : wanted.clients();
    elements.forEach((kind, planned) -> elements(kind, planned, there));
    for (String set : clients) {
      if (!there.types().containsKey(set)) {
        missing++;
        change.newSets().put(set, SetKind.clientsSpec(stack));
      }
    }
    for (String set : there.of(stack)) {
      SetKind kind = SetKind.of(stack, set);
      if ((kind == null || wanted == null) && !clients.contains(set)) {
        if (kind != null || Sets.clients(stack, set)) {
          stale++;
        } else {
          foreign++;
        }
        change.oldSets().put(set, kind == null ? SetKind.clientsSpec(stack) : kind.spec(stack));
      }
    }
    change.sort();
  }

  private void elements(SetKind kind, Set<String> planned, Sets there) {
    String set = kind.in(stack);
    if (!there.types().containsKey(set)) {
      missing++;
      change.newSets().put(set, kind.spec(stack));
    }
    Set<String> found = there.elements().getOrDefault(set, Set.of());
    for (String element : planned) {
      if (!found.contains(element)) {
        missing++;
        change.added().add(new Member(kind, element));
      }
    }
    for (String element : found) {
      if (!planned.contains(element)) {
        stale++;
        change.removed().add(new Member(kind, element));
      }
    }
  }
}
