package io.portolan.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A wait")
class WaitingTest {
  @TempDir Path folder;

  @Test
  @DisplayName(
      "ends at its bound and says what it waited for, what was missing and what the log said")
  void ends() throws IOException {
    Path log = Files.writeString(folder.resolve("program.log"), "first\nlast words\n");
    Program living = new Program("a program", ProcessId.self(), log);
    Waiting waiting = Waiting.on("the moon", Duration.ofMillis(100), living);

    assertThatThrownBy(() -> waiting.until(() -> Optional.of("it is down")))
        .hasMessageContainingAll("the moon", "it is down", log.toString(), "last words");
  }

  @Test
  @DisplayName("takes an exception of its probe for a no")
  void exceptions() {
    Waiting waiting = Waiting.on("the moon", Duration.ofMillis(100));

    assertThatThrownBy(
            () ->
                waiting.until(
                    () -> {
                      throw new IOException("clouds");
                    }))
        .hasMessageContaining("clouds");
  }

  @Test
  @DisplayName("ends at once when the program dies that it depends on")
  void deaths() throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sleep", "60").start();
    ProcessId id = ProcessId.of(process.pid()).orElseThrow();
    process.destroyForcibly().waitFor();
    Path log = Files.writeString(folder.resolve("program.log"), "cannot go on\n");
    Program dead = new Program("a program", id, log);

    assertThatThrownBy(
            () ->
                Waiting.on("the moon", Duration.ofHours(1), dead)
                    .until(() -> Optional.of("it is down")))
        .hasMessageContainingAll("a program died", "the moon", "cannot go on");
  }
}
