package io.portolan.agent.vectors;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assumptions.abort;

import io.portolan.agent.vectors.Runner.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The shared vectors, which stand beside the checkout or where the system property {@code
 * portolan.vectors} or PORTOLAN_VECTORS says, and our own.
 */
@DisplayName("Service traffic vectors")
class VectorsTest {
  private static final Path OWN = Path.of("src/test/resources/vectors");

  private static final Mode MODE = Mode.NFTABLES;
  private static final Map<Levels, Runner> RUNNERS = new EnumMap<>(Levels.class);

  private static List<DynamicTest> ownInKernel = List.of();
  private static List<DynamicTest> sharedInKernel = List.of();

  /** What is slow begins at once, all of it, so that waiting times fall together. */
  @BeforeAll
  static void begin() {
    for (Levels level : Levels.values()) {
      RUNNERS.put(level, new Runner(MODE, level.of(MODE), level.atOnce()));
    }
    ownInKernel = tests(OWN, Levels.KERNEL);
    sharedInKernel = tests(shared(), Levels.KERNEL);
  }

  @AfterAll
  static void end() {
    RUNNERS.values().forEach(Runner::close);
  }

  @TestFactory
  @DisplayName("shared, on the plan")
  List<DynamicTest> sharedOnPlan() {
    return tests(shared(), Levels.PLAN);
  }

  @TestFactory
  @DisplayName("shared, in the kernel")
  List<DynamicTest> sharedInKernel() {
    return sharedInKernel;
  }

  @TestFactory
  @DisplayName("our own, on the plan")
  List<DynamicTest> ownOnPlan() {
    return tests(OWN, Levels.PLAN);
  }

  @TestFactory
  @DisplayName("our own, in the kernel")
  List<DynamicTest> ownInKernel() {
    return ownInKernel;
  }

  private static Path shared() {
    String folder = System.getProperty("portolan.vectors", System.getenv("PORTOLAN_VECTORS"));
    return folder == null ? Path.of("../../shared/vectors") : Path.of(folder);
  }

  /** All of them begin at once, several at a time; each test waits for its own. */
  private static List<DynamicTest> tests(Path folder, Levels level) {
    if (!Files.isDirectory(folder)) {
      return List.of(
          DynamicTest.dynamicTest(
              "not run: no folder " + folder,
              () -> abort("no folder " + folder.toAbsolutePath().normalize())));
    }
    Level of = level.of(MODE);
    var suite =
        new Suite(
            Suite.read(folder).entries().stream()
                .filter(
                    e ->
                        e.vector() == null
                            || (MODE.answers(e.vector()) && of.leavesOut(e.vector()).isEmpty()))
                .toList());
    var futures =
        Objects.requireNonNull(RUNNERS.get(level)).start(suite, result -> told(result, level));
    var tests = new ArrayList<DynamicTest>();
    for (int i = 0; i < futures.size(); i++) {
      Future<Result> future = futures.get(i);
      tests.add(DynamicTest.dynamicTest(suite.entries().get(i).title(), () -> verify(future)));
    }
    return tests;
  }

  /** Partly run is passed; the rest is told. */
  private static void told(Result result, Levels level) {
    result
        .outcome()
        .notRun()
        .forEach(
            flow ->
                System.out.println(
                    "level " + level.word() + ", " + result.entry().path() + ": not run: " + flow));
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
