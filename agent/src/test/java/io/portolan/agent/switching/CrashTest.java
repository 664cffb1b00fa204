package io.portolan.agent.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.Eventually;
import io.portolan.agent.switching.Driven.Way;
import io.portolan.agent.switching.Scene.Clients;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that dies at every step of a switch, and what the next one makes of it, under the
 * traffic of clients that never stop. The process is the first of its own PID namespace, as the
 * agent is in its container: what it has started dies with it.
 */
@Timeout(900)
@DisplayName("The agent dies on the way to another mode")
class CrashTest {
  private static final Calls.Listener NOBODY = (variant, call) -> {};

  /** More calls than any way has; then something is wrong. */
  private static final int MOST_CALLS = 60;

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private static Path folder;

  private final List<String> deaths = new ArrayList<>();
  private Scene scene;

  @SuppressWarnings("NullAway.Init") // Each test begins with it.
  private Clients clients;

  @BeforeEach
  void open() {
    scene = new Scene();
  }

  @AfterEach
  void close() {
    try {
      if (clients != null) {
        clients.close();
      }
    } finally {
      scene.close();
    }
  }

  @Test
  @DisplayName(
      "before each call of each way, and the next one finishes it without a lost connection")
  void resumed() throws Exception {
    begin(Way.NFTABLES);
    var ended = EnumSet.noneOf(Way.class);
    for (int call = 1; ended.size() < 3; call++) {
      Way from = Way.NFTABLES;
      for (Way to : List.of(Way.NFT, Way.LEGACY, Way.NFTABLES)) {
        if (dies(from, to, "before", call)) {
          recover(to);
          clients.flawless("after death " + call + " on the way to " + to);
        } else {
          ended.add(to);
        }
        scene.alone(to);
        from = to;
      }
    }
    flawless();
  }

  @Test
  @DisplayName(
      "after each call, and the next one that is asked for the mode before goes back to it")
  void undone() throws Exception {
    begin(Way.NFTABLES);
    for (int call = 1; dies(Way.NFTABLES, Way.LEGACY, "after", call); call++) {
      recover(Way.NFTABLES);
      clients.flawless("after death " + call);
    }
    scene.alone(Way.LEGACY);
    flawless();
  }

  @Test
  @DisplayName("at any moment, and the next one finishes it without a lost connection")
  void anywhere() throws Exception {
    begin(Way.NFTABLES);
    var random = new SplittableRandom(System.nanoTime());
    int kills = Integer.getInteger("portolan.crash.kills", 8);
    Way from = Way.NFTABLES;
    for (int kill = 1; kill <= kills; kill++) {
      Way to = next(from);
      Run run = start(from, to, "before", 0);
      Eventually.holds(PATIENCE, () -> assertThat(run.said()).contains("at the start"));
      Thread.sleep(random.nextInt(1_500));
      run.kill();
      clients.note("kill " + kill + " on the way from " + from + " to " + to + ", " + run.said());
      recover(to);
      clients.flawless("after kill " + kill);
      from = to;
    }
    clients.close();
    System.out.println(clients);
    clients.flawless("at the end");
  }

  /** Whether the process died as told; else it has got to the end. */
  private boolean dies(Way from, Way to, String when, int call) throws Exception {
    assertThat(call).as("number of the call").isLessThan(MOST_CALLS);
    Run run = start(from, to, when, call);
    int ended = run.end();
    String said = run.said();
    clients.note(call + ", " + from + " -> " + to + ": " + said);
    assertThat(ended).as("how %s ended", said).isIn(0, CrashMain.KILLED);
    if (ended == 0) {
      assertThat(said).contains("at the end: " + to.variant());
      return false;
    }
    deaths.add(said);
    return true;
  }

  private void flawless() {
    clients.close();
    System.out.println(deaths.size() + " deaths; " + clients);
    clients.flawless("at the end");
    for (String call : List.of("replace CLOSED", "doors OPEN", "doors EXIT", "remove")) {
      assertThat(deaths).anyMatch(death -> death.contains(call));
    }
  }

  private void begin(Way from) {
    recover(from);
    clients = scene.clients();
    clients.awaitBeginning();
  }

  /** The next process, here a loop that knows nothing of the one before. */
  private void recover(Way asked) {
    try (Driven next = scene.drive(Tryout.NONE, NOBODY, Duration.ZERO, 0)) {
      next.order(asked);
      next.awaitSynced(asked);
      scene.alone(asked);
    }
  }

  private Run start(Way from, Way to, String when, int call) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                "ip",
                "netns",
                "exec",
                scene.node().name(),
                "unshare",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                CrashMain.class.getName(),
                from.name(),
                to.name(),
                when,
                Integer.toString(call)));
    Path said = Files.createTempFile(folder, "said", ".txt");
    var process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(said.toFile())
            .start();
    return new Run(process, said);
  }

  /** A process, and where it says what it has reached. */
  private record Run(Process process, Path output) {
    /** Waits for the end; how it ended. */
    int end() throws InterruptedException {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        kill();
        throw new AssertionError("no end within " + PATIENCE);
      }
      return process.exitValue();
    }

    /** SIGKILL to the first process of its PID namespace; the kernel ends the others. */
    void kill() throws InterruptedException {
      process.children().forEach(ProcessHandle::destroyForcibly);
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        throw new AssertionError("not dead 10 s after SIGKILL");
      }
    }

    String said() throws IOException {
      return Files.readString(output, StandardCharsets.UTF_8).strip().replace("\n", ", ");
    }
  }

  private static Way next(Way from) {
    List<Way> all = List.of(Way.values());
    return all.get((all.indexOf(from) + 1) % all.size());
  }
}
