package io.portolan.agent.vectors;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assumptions.abort;

import io.portolan.agent.vectors.Runner.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The shared vectors, which stand beside the checkout or where the system property {@code
 * portolan.vectors} or PORTOLAN_VECTORS says, and our own.
 */
@DisplayName("Service traffic vectors")
class VectorsTest {
  private static final Path OWN = Path.of("src/test/resources/vectors");

  private static final List<Mode> MODES =
      List.of(Mode.NFTABLES, Mode.IPTABLES_LEGACY, Mode.IPTABLES_NFT);

  /** Backends do not differ on the plan. */
  private static final List<Mode> PLANS = List.of(Mode.NFTABLES, Mode.IPTABLES_NFT);

  private static final Map<String, Runner> RUNNERS = new HashMap<>();

  private static List<DynamicContainer> ownInKernel = List.of();
  private static List<DynamicContainer> sharedInKernel = List.of();

  /** What is slow begins at once, all of it, so that waiting times fall together. */
  @BeforeAll
  static void begin() {
    for (Mode mode : MODES) {
      for (Levels level : Levels.values()) {
        int atOnce = Math.max(1, level.atOnce() / 2);
        RUNNERS.put(name(mode, level), new Runner(mode, level.of(mode), atOnce));
      }
    }
    ownInKernel = tests(OWN, MODES, Levels.KERNEL);
    sharedInKernel = tests(shared(), MODES, Levels.KERNEL);
  }

  @AfterAll
  static void end() {
    RUNNERS.values().forEach(Runner::close);
  }

  @TestFactory
  @DisplayName("shared, on the plan")
  List<DynamicContainer> sharedOnPlan() {
    return tests(shared(), PLANS, Levels.PLAN);
  }

  @TestFactory
  @DisplayName("shared, in the kernel")
  List<DynamicContainer> sharedInKernel() {
    return sharedInKernel;
  }

  @TestFactory
  @DisplayName("our own, on the plan")
  List<DynamicContainer> ownOnPlan() {
    return tests(OWN, PLANS, Levels.PLAN);
  }

  @TestFactory
  @DisplayName("our own, in the kernel")
  List<DynamicContainer> ownInKernel() {
    return ownInKernel;
  }

  private static Path shared() {
    String folder = System.getProperty("portolan.vectors", System.getenv("PORTOLAN_VECTORS"));
    return folder == null ? Path.of("../../shared/vectors") : Path.of(folder);
  }

  private static String name(Mode mode, Levels level) {
    return mode.title() + ", level " + level.word();
  }

  private static List<DynamicContainer> tests(Path folder, List<Mode> modes, Levels level) {
    return modes.stream()
        .map(mode -> DynamicContainer.dynamicContainer(mode.title(), tests(folder, mode, level)))
        .toList();
  }

  /** All of them begin at once, several at a time; each test waits for its own. */
  private static List<DynamicTest> tests(Path folder, Mode mode, Levels level) {
    if (!Files.isDirectory(folder)) {
      return List.of(
          DynamicTest.dynamicTest(
              "not run: no folder " + folder,
              () -> abort("no folder " + folder.toAbsolutePath().normalize())));
    }
    Level of = level.of(mode);
    var suite =
        new Suite(
            Suite.read(folder).entries().stream()
                .filter(
                    e ->
                        e.vector() == null
                            || (mode.answers(e.vector()) && of.leavesOut(e.vector()).isEmpty()))
                .toList());
    var futures =
        Objects.requireNonNull(RUNNERS.get(name(mode, level)))
            .start(suite, result -> told(result, name(mode, level)));
    var tests = new ArrayList<DynamicTest>();
    for (int i = 0; i < futures.size(); i++) {
      Future<Result> future = futures.get(i);
      tests.add(DynamicTest.dynamicTest(suite.entries().get(i).title(), () -> verify(future)));
    }
    return tests;
  }

  /** Partly run is passed; the rest is told. */
  private static void told(Result result, String where) {
    result
        .outcome()
        .notRun()
        .forEach(
            flow ->
                System.out.println(where + ", " + result.entry().path() + ": not run: " + flow));
  }

  private static void verify(Future<Result> future) throws Exception {
    var outcome = future.get(10, TimeUnit.MINUTES).outcome();
    assertAll(
        outcome.failures().stream()
            .map(
                failure ->
                    () -> {
                      throw new AssertionError(failure);
                    }));
    if (outcome.checked() == 0 && !outcome.notRun().isEmpty()) {
      abort("not run: " + outcome.notRun());
    }
  }
}
