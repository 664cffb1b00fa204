package io.portolan.operator.migration;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What became of every field.
 *
 * @param source where the configuration was found
 * @param fields by verdict, within one in the order of kube-proxy's reference
 */
public record Report(String source, List<FieldReport> fields) {

  /** Sorts the fields. */
  public Report {
    fields = fields.stream().sorted(Comparator.comparing(FieldReport::verdict)).toList();
  }

  /** Whether every node behaves as before, and nothing was left unread. */
  public boolean lossless() {
    return count(Verdict.CHANGED) == 0 && count(Verdict.UNKNOWN) == 0;
  }

  /** How many fields have this verdict. */
  public long count(Verdict verdict) {
    return fields.stream().filter(f -> f.verdict() == verdict).count();
  }

  /** For a person: a line for each field between a title and the sums. */
  public String text() {
    String sums =
        Stream.of(Verdict.values())
            .map(v -> count(v) + " " + v.word())
            .collect(Collectors.joining(", "));
    return Stream.of(
                Stream.of("kube-proxy's configuration: " + source, ""),
                fields.stream().map(FieldReport::text),
                Stream.of("", fields.size() + " fields: " + sums))
            .flatMap(s -> s)
            .collect(Collectors.joining("\n"))
        + "\n";
  }
}
