package io.portolan.e2e.upstream;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What came of all specs of one run.
 *
 * @param outcomes sorted by the specs' texts
 */
public record Results(List<Outcome> outcomes) {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

  /** Keeps a sorted copy. */
  public Results {
    outcomes = outcomes.stream().sorted(Comparator.comparing(Outcome::spec)).toList();
  }

  /** The results that a run wrote; empty when there was none. */
  public static Optional<Results> read(Path file) {
    try {
      return Files.exists(file)
          ? Optional.of(new Results(List.of(JSON.readValue(file.toFile(), Outcome[].class))))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes them as a JSON array, without what the failed specs printed: the log has that. */
  public void write(Path file) {
    try {
      Files.createDirectories(file.getParent());
      JSON.writeValue(file.toFile(), outcomes.stream().map(Outcome::withoutOutput).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code N passed, M failed, K skipped}. */
  public String summary() {
    return "%d passed, %d failed, %d skipped"
        .formatted(
            count(Outcome::passed), count(Outcome::failed), count(o -> !o.passed() && !o.failed()));
  }

  /** Whether no spec failed. */
  public boolean good() {
    return count(Outcome::failed) == 0;
  }

  Map<String, Outcome> bySpec() {
    return outcomes.stream().collect(Collectors.toMap(Outcome::spec, Function.identity()));
  }

  private long count(Predicate<Outcome> which) {
    return outcomes.stream().filter(which).count();
  }
}
