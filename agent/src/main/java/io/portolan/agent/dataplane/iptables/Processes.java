package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.DataplaneException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Programs of the machine, each ended after two minutes. */
public final class Processes implements Commands {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Override
  public Result run(List<String> command, String input) throws MissingProgram {
    Process process = start(command);
    var late = new CompletableFuture<Boolean>();
    Thread.ofVirtual().start(() -> late.complete(endLate(process)));
    var errors = new CompletableFuture<String>();
    Thread.ofVirtual().start(() -> errors.complete(text(process.errorReader())));
    Thread.ofVirtual().start(() -> write(process, input));
    try {
      String output = text(process.inputReader());
      int exit = process.waitFor();
      if (late.get()) {
        throw new DataplaneException(
            String.join(" ", command) + " did not end within " + PATIENCE.toSeconds() + " s", null);
      }
      return new Result(exit, output, errors.get().strip());
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new DataplaneException(String.join(" ", command) + " was interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Process start(List<String> command) throws MissingProgram {
    try {
      var builder = new ProcessBuilder(command);
      builder.environment().put("LC_ALL", "C");
      return builder.start();
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("error=2,")) { // ENOENT
        throw new MissingProgram(command.getFirst());
      }
      throw new DataplaneException("cannot start " + command.getFirst() + ": " + e, e);
    }
  }

  /** Whether it had to be ended. */
  private static boolean endLate(Process process) {
    try {
      if (process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        return false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    return true;
  }

  private static void write(Process process, String input) {
    try (var out = process.getOutputStream()) {
      out.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended before it had read everything; its exit code and its words say why.
    }
  }

  private static String text(java.io.BufferedReader reader) {
    try (reader) {
      return reader.readAllAsString();
    } catch (IOException e) {
      return "(its words are lost: " + e + ")";
    }
  }
}
