package io.portolan.e2e.cluster;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A command that is run to its end, without a shell.
 *
 * @param line the program and its arguments
 * @param bound how long it may take
 * @param environment variables besides those of this JVM
 */
public record Command(List<String> line, Duration bound, Map<String, String> environment) {
  private static final Duration USUAL = Duration.ofSeconds(30);
  private static final Executor READERS = task -> Thread.ofVirtual().start(task);

  public static Command of(String... line) {
    return of(List.of(line));
  }

  public static Command of(List<String> line) {
    return new Command(line, USUAL, Map.of());
  }

  public Command within(Duration other) {
    return new Command(line, other, environment);
  }

  /** With other variables besides those of this JVM. */
  public Command with(Map<String, String> variables) {
    return new Command(line, bound, variables);
  }

  /** What it printed on standard output; throws {@link ClusterException} unless it ends with 0. */
  public String output() {
    Output output = run();
    if (output.exit() != 0) {
      throw new ClusterException(this + " ended with " + output.exit() + ": " + output.errors());
    }
    return output.text();
  }

  /** Whatever the outcome; throws {@link ClusterException} if it did not end within the bound. */
  public Output run() {
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().putAll(environment);
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    try {
      Process process = builder.start();
      try {
        return result(process);
      } catch (TimeoutException late) {
        throw new ClusterException(this + " did not end within " + bound.toSeconds() + " s", late);
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new ClusterException(this + " could not be started: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException(this + " was interrupted", e);
    } catch (ExecutionException e) {
      throw new ClusterException("cannot read what " + this + " prints", e);
    }
  }

  private Output result(Process process)
      throws InterruptedException, ExecutionException, TimeoutException {
    CompletableFuture<String> text = reading(process.getInputStream());
    CompletableFuture<String> errors = reading(process.getErrorStream());
    if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new TimeoutException();
    }
    long rest = bound.toMillis();
    return new Output(
        process.exitValue(),
        text.get(rest, TimeUnit.MILLISECONDS),
        errors.get(rest, TimeUnit.MILLISECONDS));
  }

  private static CompletableFuture<String> reading(InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            return "(cut off: " + e.getMessage() + ")";
          }
        },
        READERS);
  }

  @Override
  public String toString() {
    return "'" + String.join(" ", line) + "'";
  }
}
