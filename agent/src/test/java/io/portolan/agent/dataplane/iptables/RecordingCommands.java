package io.portolan.agent.dataplane.iptables;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** The machine's programs; what they are told is noted, and may be spoiled before. */
final class RecordingCommands implements Commands {
  /**
   * A call that changes something.
   *
   * @param program its name
   */
  record Call(String program, String input) {}

  private final Commands real = new Processes();
  final List<Call> changes = new ArrayList<>();
  BiFunction<String, String, String> spoil = (program, input) -> input;
  BiFunction<String, List<String>, List<String>> wrap = (program, command) -> command;

  @Override
  public Result run(List<String> command, String input) throws MissingProgram {
    String program = command.getFirst();
    boolean writes = command.contains("restore") || program.endsWith("-restore");
    String told = writes ? spoil.apply(program, input) : input;
    if (writes) {
      changes.add(new Call(program, told));
    }
    return real.run(wrap.apply(program, command), told);
  }
}
