package io.portolan.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Commands of the system, each with an end. */
final class Shell {
  private Shell() {}

  /**
   * Runs a command to its end; what it printed.
   *
   * @throws BenchException when it fails, or is not done after two minutes
   */
  static String run(String... command) {
    return feed("", command);
  }

  /** As {@link #run}, with something to read. */
  static String feed(String input, String... command) {
    try {
      Path printed = Files.createTempFile("bench", ".out");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try (var stdin = process.getOutputStream()) {
          stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        end(process, 120, List.of(command));
        String output = Files.readString(printed);
        if (process.exitValue() != 0) {
          throw new BenchException(
              "%s ended with %d: %s"
                  .formatted(String.join(" ", command), process.exitValue(), output.strip()));
        }
        return output;
      } finally {
        Files.delete(printed);
      }
    } catch (IOException e) {
      throw new BenchException("cannot run " + String.join(" ", command), e);
    }
  }

  /** How many lines and bytes a command prints, without keeping them: {lines, bytes}. */
  static long[] size(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      long lines = 0;
      long bytes = 0;
      byte[] block = new byte[1 << 16];
      try (InputStream output = process.getInputStream()) {
        for (int read = output.read(block); read >= 0; read = output.read(block)) {
          bytes += read;
          for (int i = 0; i < read; i++) {
            lines += block[i] == '\n' ? 1 : 0;
          }
        }
      }
      end(process, 10, List.of(command));
      return new long[] {lines, bytes};
    } catch (IOException e) {
      throw new BenchException("cannot run " + String.join(" ", command), e);
    }
  }

  private static void end(Process process, long seconds, List<String> command) {
    try {
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new BenchException(String.join(" ", command) + " has not ended in time");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted in " + command.getFirst(), e);
    }
  }
}
