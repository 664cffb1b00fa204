package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.iptables.Commands.MissingProgram;
import io.portolan.agent.dataplane.iptables.Commands.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and writes tables and sets by their programs. */
final class Kernel {
  /** How long the programs wait for the lock that all of iptables-legacy shares, in seconds. */
  static final String LOCK_SECONDS = "10";

  static final String IPSET = "ipset";

  private static final Pattern LINE = Pattern.compile("line:? (\\d+)");
  private static final Duration SETS_LET_GO = Duration.ofSeconds(5);

  private final Commands commands;

  Kernel(Commands commands) {
    this.commands = commands;
  }

  SavedTables tables(Stack stack) {
    return SavedTables.parse(run(List.of(stack.save()), "").output());
  }

  Sets sets() {
    return Sets.parse(savedSets());
  }

  /** What {@code ipset save} prints. */
  String savedSets() {
    return run(List.of(IPSET, "save"), "").output();
  }

  /** What {@code ipset save} prints of one set; empty when there is none of that name. */
  String savedSet(String name) {
    Result result = start(List.of(IPSET, "save", name), "");
    return result.exit() == 0 ? result.output() : "";
  }

  /** Whether a program is there. */
  boolean has(String program) {
    try {
      commands.run(List.of(program, "--version"), "");
      return true;
    } catch (MissingProgram e) {
      return false;
    }
  }

  /**
   * Has the program of a stack do what a script says, each of its commits whole or not at all.
   *
   * @throws DataplaneException names the line and its Service
   */
  void restore(Stack stack, Script script) {
    if (!script.isEmpty()) {
      var command = List.of(stack.restore(), "--noflush", "-w", LOCK_SECONDS);
      Result result = start(command, script.text());
      if (result.exit() != 0) {
        throw refused(stack.restore(), script, result);
      }
    }
  }

  /**
   * Has ipset do what a script says, line by line.
   *
   * @throws DataplaneException names the line; those before it are done
   */
  void sets(Script script) {
    long end = System.nanoTime() + SETS_LET_GO.toNanos();
    var left = script;
    while (!left.isEmpty()) {
      Result result = start(List.of(IPSET, "-exist", "restore"), left.text());
      if (result.exit() == 0) {
        return;
      }
      int number = number(result.errors());
      if (left.destroys(number) && result.errors().contains("does not exist")) {
        left = left.from(number + 1);
      } else if (left.destroys(number)
          && result.errors().contains("in use by a kernel component")) {
        // nf_tables lets go of what its rules used only some time after they were deleted. A rule
        // of another hand may never do so: then the set stays, and the next audit counts it.
        boolean wait = System.nanoTime() < end;
        left = left.from(wait ? number : number + 1);
        if (wait) {
          pause();
        }
      } else {
        throw refused(IPSET, left, result);
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataplaneException("interrupted while waiting for a set that is in use", e);
    }
  }

  private static DataplaneException refused(String program, Script script, Result result) {
    int number = number(result.errors());
    var message = new ArrayList<String>();
    message.add(program + " refused " + (number > 0 ? script.told(number) : "the change"));
    if ((number == 0 || number == script.size()) && !script.owners().isEmpty()) {
      message.add("the change is for " + script.owners());
    }
    message.add(result.errors().isEmpty() ? "exit code " + result.exit() : result.errors());
    return new DataplaneException(String.join(": ", message), null);
  }

  private static int number(String errors) {
    Matcher found = LINE.matcher(errors);
    return found.find() ? Integer.parseInt(found.group(1)) : 0;
  }

  private Result run(List<String> command, String input) {
    Result result = start(command, input);
    if (result.exit() != 0) {
      throw new DataplaneException(String.join(" ", command) + " failed: " + result.errors(), null);
    }
    return result;
  }

  private Result start(List<String> command, String input) {
    try {
      return commands.run(command, input);
    } catch (MissingProgram e) {
      throw new DataplaneException("mode iptables: " + e.getMessage(), e);
    }
  }
}
