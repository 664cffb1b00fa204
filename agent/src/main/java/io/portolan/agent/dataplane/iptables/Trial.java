package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Fitness;
import io.portolan.agent.dataplane.iptables.Commands.MissingProgram;
import io.portolan.agent.dataplane.iptables.Commands.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Tries whether a backend can be used. Sets are made and destroyed again. iptables-nft is given one
 * rule of each sort in a transaction that ends with a rule that the kernel must refuse: so it looks
 * at all of them, says which it can't have, and keeps none. iptables-legacy has no such way, and
 * makes a table in the kernel as soon as one is asked for; so its program only reads the rules,
 * which asks the kernel for each match and target, and then prints its help.
 */
final class Trial {
  private static final String CHAIN = "PORTOLAN-TRY";
  private static final Pattern LINE = Pattern.compile("line:? (\\d+)");

  private static final Pattern NOT_ALLOWED =
      Pattern.compile("open socket|not permitted|Permission denied");

  /** Lines of a text before its first rule. */
  private static final int HEAD = 2;

  private final Backend backend;
  private final Commands commands;
  private final Path lock;
  private final List<String> lacks = new ArrayList<>();
  private final LinkedHashSet<String> versions = new LinkedHashSet<>();

  /**
   * @param lock of iptables-legacy
   */
  Trial(Backend backend, Commands commands, Path lock) {
    this.backend = backend;
    this.commands = commands;
    this.lock = lock;
  }

  Fitness fitness() {
    try {
      programs();
      if (lacks.isEmpty() && backend == Backend.LEGACY) {
        lock();
        module();
      }
      if (lacks.isEmpty()) {
        kernel();
      }
    } catch (DataplaneException e) {
      lacks.add(String.valueOf(e.getMessage()));
    }
    return new Fitness(
        lacks.isEmpty(), lacks.isEmpty() ? String.join(", ", versions) : String.join("; ", lacks));
  }

  private void programs() {
    var programs = new LinkedHashMap<String, String>();
    for (Stack stack : Stack.of(backend)) {
      programs.put(stack.restore(), "iptables");
      programs.put(stack.save(), "iptables");
    }
    programs.put(Kernel.IPSET, "ipset");
    programs.forEach(
        (program, need) -> {
          try {
            Result told = commands.run(List.of(program, "--version"), "");
            versions.add(told.output().lines().findFirst().orElse(program).strip());
          } catch (MissingProgram e) {
            lacks.add(e.getMessage() + " (package " + need + ")");
          }
        });
  }

  private void lock() {
    Path asked = Files.exists(lock) ? lock : lock.getParent();
    if (!Files.isWritable(asked)) {
      lacks.add(lock + " cannot be written (mount the node's file of that name into the Pod)");
    }
  }

  private void module() {
    for (String name : List.of("ip_tables", "ip6_tables")) {
      if (!Files.exists(Path.of("/proc/thread-self/net/" + name + "_names"))) {
        lacks.add("the kernel has no " + name + " (modprobe " + name + " on the node)");
      }
    }
  }

  private void kernel() {
    try {
      for (Stack stack : Stack.of(backend)) {
        if (sets(stack)) {
          for (Table table : Table.values()) {
            List<TrialRule> rules = TrialRule.of(table, stack, clients(stack));
            if (backend == Backend.NFT) {
              transaction(stack, table, rules);
            } else {
              reading(stack, table, rules);
            }
          }
        }
      }
    } finally {
      Stack.of(backend)
          .forEach(
              stack -> specs(stack).keySet().forEach(set -> run(Kernel.IPSET, "destroy", set)));
    }
  }

  /** What sets of all sorts are created with, by name. */
  private static Map<String, String> specs(Stack stack) {
    var specs = new LinkedHashSet<String>();
    specs.add(SetKind.clientsSpec(stack));
    for (SetKind kind : SetKind.values()) {
      specs.add(kind.spec(stack));
    }
    var named = new LinkedHashMap<String, String>();
    specs.forEach(
        spec ->
            named.put(
                stack.setPrefix().replaceFirst(Names.PREFIX, CHAIN + "-") + named.size(), spec));
    return named;
  }

  private static String clients(Stack stack) {
    return specs(stack).keySet().iterator().next();
  }

  /** Whether there are some to be tried. */
  private boolean sets(Stack stack) {
    int before = lacks.size();
    specs(stack)
        .forEach(
            (set, spec) -> {
              var command = new ArrayList<>(List.of(Kernel.IPSET, "-exist", "create", set));
              command.addAll(List.of(spec.split(" ", -1)));
              Result result = run(command.toArray(String[]::new));
              if (result.exit() != 0) {
                String type = command.get(4);
                refused(
                    "ipset refuses " + type,
                    result,
                    "ip_set_" + type.replace(',', ':').replaceFirst(":", "_").replace(":", ""));
              }
            });
    return lacks.size() == before;
  }

  private void transaction(Stack stack, Table table, List<TrialRule> rules) {
    var text = new StringBuilder("*%s\n:%s - [0:0]\n".formatted(table.word(), CHAIN));
    rules.forEach(rule -> text.append("-A " + CHAIN + " " + rule.rule() + "\n"));
    text.append("-A " + CHAIN + " " + TrialRule.refused(table) + "\nCOMMIT\n");
    Result result = restore(stack, text.toString());
    if (result.exit() == 0) {
      // A version that does it in another way: then it must be taken away.
      restore(stack, "*%s\n-F %s\n-X %s\nCOMMIT\n".formatted(table.word(), CHAIN, CHAIN));
      return;
    }
    List<Integer> lines =
        LINE.matcher(result.errors()).results().map(m -> Integer.valueOf(m.group(1))).toList();
    for (int line : lines) {
      int index = line - 1 - HEAD;
      if (index >= 0 && index < rules.size()) {
        TrialRule rule = rules.get(index);
        refused(stack.restore() + " refuses " + rule.rule(), result, rule.module());
      }
    }
    if (!lines.contains(HEAD + rules.size() + 1) && lacks.isEmpty()) {
      refused(stack.restore() + " refuses table " + table.word(), result, "nft_compat");
    }
  }

  private void reading(Stack stack, Table table, List<TrialRule> rules) {
    for (TrialRule rule : rules) {
      String program = stack.program();
      var command = new ArrayList<>(List.of(program, "-t", table.word(), "-A", CHAIN));
      command.addAll(List.of(rule.rule().replace("\"a word\"", "word").split(" ", -1)));
      command.add("-h");
      Result result = run(command.toArray(String[]::new));
      if (result.exit() != 0) {
        refused(program + " refuses " + rule.rule(), result, rule.module());
      }
    }
  }

  private void refused(String what, Result result, String module) {
    String errors = result.errors().lines().filter(l -> !l.startsWith("Try ")).toList().toString();
    String hint =
        NOT_ALLOWED.matcher(errors).find()
            ? "the Pod needs the capabilities NET_ADMIN and NET_RAW"
            : "modprobe " + module + " on the node";
    lacks.add(what + ": " + errors + " (" + hint + ")");
  }

  private Result restore(Stack stack, String text) {
    return run(text, List.of(stack.restore(), "--noflush", "-w", Kernel.LOCK_SECONDS));
  }

  private Result run(String... command) {
    return run("", List.of(command));
  }

  private Result run(String input, List<String> command) {
    try {
      return commands.run(command, input);
    } catch (MissingProgram e) {
      throw new DataplaneException("mode iptables: " + e.getMessage(), e);
    }
  }
}
