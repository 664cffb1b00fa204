package io.portolan.agent.dataplane.iptables;

import java.util.List;

/** Runs programs in the network namespace of the calling thread. */
public interface Commands {
  /**
   * What a program left behind.
   *
   * @param exit its exit code
   */
  record Result(int exit, String output, String errors) {}

  /**
   * Runs a program to its end.
   *
   * @param input what it reads
   * @throws MissingProgram when there is none of that name
   * @throws io.portolan.agent.dataplane.DataplaneException when it does not end in time
   */
  Result run(List<String> command, String input) throws MissingProgram;

  /** There is no such program here. */
  final class MissingProgram extends Exception {
    private static final long serialVersionUID = 1;

    /** Says which. */
    public MissingProgram(String name) {
      super(name + " is not installed");
    }
  }
}
