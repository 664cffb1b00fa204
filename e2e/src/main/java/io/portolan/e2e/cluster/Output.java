package io.portolan.e2e.cluster;

/**
 * What a command left.
 *
 * @param exit its exit code
 * @param text what it printed on standard output
 * @param errors what it printed on standard error
 */
public record Output(int exit, String text, String errors) {
  /** Whether the command ended with 0. */
  public boolean succeeded() {
    return exit == 0;
  }
}
