package io.portolan.agent.vectors;

import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.vectors.Runner.Reason;
import io.portolan.agent.vectors.Runner.Result;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * {@code make vectors}: {@code FOLDER MODE LEVEL [--verbose] [--backend=legacy|nft]}. At level plan
 * a mode's backends are all the same. Exit code 0: all passed; 1: some failed; 2: it could not
 * begin.
 */
final class VectorsMain {
  private static final String BACKEND = "--backend=";

  private final PrintStream out;
  private final boolean verbose;
  private final long started = System.nanoTime();
  private int done;

  private VectorsMain(PrintStream out, boolean verbose) {
    this.out = out;
    this.verbose = verbose;
  }

  /** Runs the vectors and ends the JVM. */
  public static void main(String[] args) throws InterruptedException {
    // What the agent leaves out of an object it logs; here the expectations judge that.
    Logger.getLogger("").setLevel(Level.SEVERE);
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Runtime.getRuntime().addShutdownHook(new Thread(NetworkNamespace::closeAll));
    System.exit(run(List.of(args), out));
  }

  /** The exit code. */
  static int run(List<String> args, PrintStream out) throws InterruptedException {
    var words = new ArrayList<>(args);
    boolean verbose = words.remove("--verbose");
    String backend = null;
    for (String word : List.copyOf(words)) {
      if (word.startsWith(BACKEND)) {
        words.remove(word);
        backend = word.substring(BACKEND.length());
      }
    }
    if (words.size() != 3) {
      out.println("vectors: call it with FOLDER MODE LEVEL [--verbose] [--backend=legacy|nft]");
      return 2;
    }
    try {
      List<Mode> modes = Mode.named(words.get(1), backend);
      Levels level = Levels.named(words.get(2));
      Suite suite = Suite.read(Path.of(words.getFirst()));
      return new VectorsMain(out, verbose)
          .run(suite, level == Levels.PLAN ? modes.subList(0, 1) : modes, level);
    } catch (IllegalArgumentException e) {
      out.println("vectors: " + e.getMessage());
      return 2;
    }
  }

  private int run(Suite suite, List<Mode> modes, Levels level) throws InterruptedException {
    var results = new ArrayList<Result>();
    for (Mode mode : modes) {
      List<Result> some = run(suite, mode, level);
      if (modes.size() > 1) {
        out.println(mode.title() + ": " + words(some));
      }
      results.addAll(some);
    }
    return sum(results);
  }

  private List<Result> run(Suite suite, Mode mode, Levels level) throws InterruptedException {
    done = 0;
    int cases = suite.entries().size();
    out.println(
        "vectors: "
            + cases
            + (cases == 1 ? " case" : " cases")
            + ", mode "
            + mode.title()
            + ", level "
            + level.word()
            + (level.atOnce() > 1 ? ", " + level.atOnce() + " at a time" : ""));
    var results = new ArrayList<Result>();
    try (var runner = new Runner(mode, level.of(mode), level.atOnce())) {
      for (Future<Result> each : runner.start(suite, result -> told(result, cases, level.slow()))) {
        results.add(each.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    return results;
  }

  private static String words(List<Result> results) {
    long failed = results.stream().filter(Result::failed).count();
    long run = results.stream().filter(r -> r.left().isEmpty()).count();
    return (run - failed) + " passed, " + failed + " failed";
  }

  private void print(Result result) {
    var outcome = result.outcome();
    if (result.failed()) {
      out.println("FAILED " + result.entry().title());
      outcome.failures().forEach(f -> out.println("   " + f));
    }
    outcome.notRun().forEach(f -> out.println("NOT RUN " + result.entry().path() + ": " + f));
  }

  private void told(Result result, int all, boolean slow) {
    done++;
    print(result);
    if (slow && result.left().isEmpty()) {
      long seconds = (System.nanoTime() - started) / 1_000_000_000;
      out.println(
          "[%4d s] %d of %d: %s %s, %d expectations"
              .formatted(
                  seconds,
                  done,
                  all,
                  result.failed() ? "failed" : "passed",
                  result.entry().path(),
                  result.outcome().checked()));
    }
  }

  private int sum(List<Result> results) {
    long failed = results.stream().filter(Result::failed).count();
    long run = results.stream().filter(r -> r.left().isEmpty()).count();
    int checked = results.stream().mapToInt(r -> r.outcome().checked()).sum();
    int notRun = results.stream().mapToInt(r -> r.outcome().notRun().size()).sum();
    left(results, Reason.MODE, "not for this mode");
    left(results, Reason.LEVEL, "not for this level");
    out.println(run + " cases run, " + checked + " expectations checked, " + notRun + " not run");
    out.println(words(results));
    return failed > 0 ? 1 : 0;
  }

  private void left(List<Result> results, Reason reason, String words) {
    List<Result> left = results.stream().filter(r -> r.left().equals(Optional.of(reason))).toList();
    if (!left.isEmpty()) {
      out.println(left.size() + " cases " + words + (verbose ? ":" : ""));
      if (verbose) {
        left.forEach(r -> out.println("   " + r.entry().path() + ": " + r.note()));
      }
    }
  }
}
