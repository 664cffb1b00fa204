package io.portolan.api.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The real kubectl with all rights on one API server.
 *
 * @param program where it is
 * @param kubeconfig the file that says which server; what it prints is caught beside it
 */
public record Kubectl(Path program, Path kubeconfig) {
  private static final int TIMEOUT_S = 60;

  /** The end of a run: its exit code and what it wrote, standard and error output together. */
  public record Output(int exit, String text) {}

  /**
   * Runs it to its end.
   *
   * @throws IllegalStateException if it cannot be started or has not ended after 60 s
   */
  public Output run(String... arguments) {
    var command = new ArrayList<String>();
    command.add(program.toString());
    command.add("--kubeconfig=" + kubeconfig);
    command.addAll(List.of(arguments));
    try {
      var output = Files.createTempFile(kubeconfig.getParent(), "kubectl", ".out");
      try {
        var process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new IllegalStateException(
              "waited " + TIMEOUT_S + " s for " + String.join(" ", command));
        }
        return new Output(
            process.exitValue(), Files.readString(output, StandardCharsets.UTF_8).strip());
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot run " + String.join(" ", command), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + String.join(" ", command), e);
    }
  }

  /** Runs it, and fails with what it wrote unless it ends with 0. */
  void succeed(String... arguments) {
    var output = run(arguments);
    if (output.exit() != 0) {
      throw new IllegalStateException(
          "kubectl " + String.join(" ", arguments) + ": " + output.text());
    }
  }
}
