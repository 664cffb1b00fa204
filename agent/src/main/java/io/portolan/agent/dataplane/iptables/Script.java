package io.portolan.agent.dataplane.iptables;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The input of a program: lines, and the Service port that each is for. */
final class Script {
  private final List<String> lines = new ArrayList<>();
  private final List<String> owners = new ArrayList<>();

  private void line(String text, String owner) {
    lines.add(text);
    owners.add(owner);
  }

  private void line(String text) {
    line(text, "");
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  String text() {
    return String.join("\n", lines) + "\n";
  }

  int size() {
    return lines.size();
  }

  /** What is left to do when all lines before this one are done. */
  Script from(int number) {
    var rest = new Script();
    for (int i = number - 1; i < lines.size(); i++) {
      rest.line(lines.get(i), owners.get(i));
    }
    return rest;
  }

  /** Whether a line destroys a set. */
  boolean destroys(int number) {
    return number >= 1 && number <= lines.size() && lines.get(number - 1).startsWith("destroy ");
  }

  /**
   * What stands in a line, and for whom.
   *
   * @param number counted from 1
   */
  String told(int number) {
    if (number < 1 || number > lines.size()) {
      return "line " + number;
    }
    String owner = owners.get(number - 1);
    return "line "
        + number
        + (owner.isEmpty() ? "" : ", for " + owner)
        + ": "
        + lines.get(number - 1);
  }

  /** The Service ports of all lines, at most five of them, for a refusal that names no line. */
  String owners() {
    List<String> all = owners.stream().filter(o -> !o.isEmpty()).distinct().toList();
    return String.join(", ", all.subList(0, Math.min(5, all.size())))
        + (all.size() > 5 ? " and " + (all.size() - 5) + " more" : "");
  }

  /** The part of a change that {@code iptables-restore --noflush} makes in a table. */
  static Script restore(Table table, Change change) {
    var script = new Script();
    change
        .chains()
        .forEach(
            (chain, exchange) -> {
              if (chain.table() == table) {
                // Makes it, or empties it.
                script.line(":" + chain.name() + " - [0:0]");
              }
            });
    change
        .chains()
        .forEach(
            (chain, exchange) -> {
              List<Line> after = exchange.after();
              if (chain.table() == table && after != null) {
                after.forEach(
                    line -> script.line("-A " + chain.name() + " " + line.rule(), line.owner()));
              }
            });
    script.jumps(table, change.newStrays(), change.oldStrays());
    change
        .chains()
        .forEach(
            (chain, exchange) -> {
              if (chain.table() == table && exchange.after() == null) {
                script.line("-X " + chain.name());
              }
            });
    script.commit(table);
    return script;
  }

  private void jumps(Table table, List<BaseRule> come, List<BaseRule> gone) {
    come.stream()
        .filter(jump -> jump.table() == table)
        .forEach(jump -> line("-I " + jump.chain() + " " + jump.rule()));
    gone.stream()
        .filter(jump -> jump.table() == table)
        .forEach(jump -> line("-D " + jump.chain() + " " + jump.rule()));
  }

  private void commit(Table table) {
    if (!isEmpty()) {
      lines.addFirst("*" + table.word());
      owners.addFirst("");
      line("COMMIT");
    }
  }

  /** The change of doors, in as many commits as tables; nothing else is written. */
  static Script doors(DoorChange change) {
    var script = new Script();
    for (Table table : Table.values()) {
      var part = new Script();
      part.jumps(table, change.come(), change.gone());
      part.commit(table);
      script.lines.addAll(part.lines);
      script.owners.addAll(part.owners);
    }
    return script;
  }

  /** The sets and elements that must be there before rules ask for them. */
  static Script more(Map<Stack, Change> changes) {
    var script = new Script();
    changes.forEach(
        (stack, change) -> {
          change.newSets().forEach((set, spec) -> script.line("create " + set + " " + spec));
          change.added().forEach(member -> script.line("add " + named(stack, member)));
        });
    return script;
  }

  /** The sets and elements that no rule asks for any more. */
  static Script less(Map<Stack, Change> changes) {
    var script = new Script();
    changes.forEach(
        (stack, change) -> {
          change.removed().forEach(member -> script.line("del " + named(stack, member)));
          change.oldSets().keySet().forEach(set -> script.line("destroy " + set));
        });
    return script;
  }

  /** Clients that shall be remembered. */
  static Script remembering(List<Clients.Addition> clients) {
    var script = new Script();
    clients.forEach(
        client ->
            script.line(
                "add %s %s timeout %d".formatted(client.set(), client.client(), client.seconds()),
                client.service().toString()));
    return script;
  }

  /** The same clients, to be forgotten. */
  static Script forgetting(List<Clients.Addition> clients) {
    var script = new Script();
    clients.forEach(client -> script.line("del " + client.set() + " " + client.client()));
    return script;
  }

  private static String named(Stack stack, Member member) {
    return member.set().in(stack) + " " + member.element();
  }
}
