package io.portolan.e2e.upstream;

import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;

/**
 * The part of docs/upstream.md that is written by a program.
 *
 * @param comparisons by the number of nodes
 */
record ResultsDocument(SortedMap<Integer, Comparison> comparisons) {
  private static final String BEGIN = "<!-- written by scripts/upstream.sh table -->";
  private static final String END = "<!-- end of what is written -->";

  /** The document with these results in the place of those that it has. */
  String into(String document) {
    int begin = document.indexOf(BEGIN);
    int end = document.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("no place for the results: " + BEGIN + " ... " + END);
    }
    return document.substring(0, begin + BEGIN.length())
        + "\n"
        + tables()
        + leftOut()
        + document.substring(end);
  }

  private String tables() {
    return comparisons.entrySet().stream()
        .filter(entry -> !entry.getValue().results().isEmpty())
        .map(ResultsDocument::section)
        .collect(Collectors.joining());
  }

  private static String section(Map.Entry<Integer, Comparison> entry) {
    return "### On %d nodes\n%s\n".formatted(entry.getKey(), entry.getValue().markdown());
  }

  private static String leftOut() {
    return Choice.LEFT_OUT.stream()
        .map(out -> "| `%s` | %s |\n".formatted(out.pattern().replace("|", "\\|"), out.reason()))
        .collect(Collectors.joining("", "### Never run\n| pattern | reason |\n|---|---|\n", ""));
  }
}
