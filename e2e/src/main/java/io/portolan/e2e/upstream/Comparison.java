package io.portolan.e2e.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** The two proxies' results side by side, as Markdown. */
record Comparison(Map<Proxy, Results> results) {
  private static final String BEGIN = "<!-- written by scripts/upstream.sh table -->";
  private static final String END = "<!-- end of what is written -->";

  /** The document with this comparison in the place of the one that it has. */
  String into(String document) {
    int begin = document.indexOf(BEGIN);
    int end = document.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("no place for the table: " + BEGIN + " ... " + END);
    }
    return document.substring(0, begin + BEGIN.length())
        + "\n"
        + markdown()
        + document.substring(end);
  }

  String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add("| | " + String.join(" | ", words()) + " |");
    lines.add("|---|" + "---|".repeat(Proxy.values().length));
    lines.add(row("all specs", proxy -> results(proxy).map(Results::summary).orElse("not run")));
    lines.add("");
    lines.add("| spec | " + String.join(" | ", words()) + " |");
    lines.add("|---|" + "---|".repeat(Proxy.values().length));
    Map<String, String> skipped = new TreeMap<>();
    for (String spec : specs()) {
      String title = titleOf(spec);
      lines.add(row(title, proxy -> cell(proxy, spec)));
      for (Proxy proxy : Proxy.values()) {
        outcome(proxy, spec)
            .filter(outcome -> !outcome.passed())
            .ifPresent(
                outcome ->
                    skipped.put(
                        title + " (" + proxy.word() + ")",
                        outcome.verdict() + ": " + outcome.because()));
      }
    }
    if (!skipped.isEmpty()) {
      lines.add("");
      lines.add("Why, in upstream's words:");
      lines.add("");
      skipped.forEach((spec, why) -> lines.add("* " + spec + ": " + why));
    }
    lines.add("");
    lines.add("Never run:");
    lines.add("");
    lines.add("| pattern | reason |");
    lines.add("|---|---|");
    for (Choice.LeftOut out : Choice.LEFT_OUT) {
      lines.add("| `%s` | %s |".formatted(out.pattern().replace("|", "\\|"), out.reason()));
    }
    return String.join("\n", lines) + "\n";
  }

  private interface Cell {
    String of(Proxy proxy);
  }

  private static String row(String title, Cell cell) {
    StringBuilder row = new StringBuilder("| ").append(title).append(" |");
    for (Proxy proxy : Proxy.values()) {
      row.append(' ').append(cell.of(proxy)).append(" |");
    }
    return row.toString();
  }

  private static List<String> words() {
    return List.of(Proxy.values()).stream().map(Proxy::word).toList();
  }

  private TreeSet<String> specs() {
    TreeSet<String> all = new TreeSet<>();
    results.values().forEach(one -> all.addAll(one.bySpec().keySet()));
    return all;
  }

  private String titleOf(String spec) {
    return List.of(Proxy.values()).stream()
        .flatMap(proxy -> outcome(proxy, spec).stream())
        .findFirst()
        .orElseThrow()
        .title();
  }

  private String cell(Proxy proxy, String spec) {
    return outcome(proxy, spec)
        .map(
            outcome ->
                outcome.passed()
                    ? String.format(Locale.ROOT, "passed, %.0f s", outcome.seconds())
                    : "**" + outcome.verdict() + "**")
        .orElse("");
  }

  private Optional<Results> results(Proxy proxy) {
    return Optional.ofNullable(results.get(proxy));
  }

  private Optional<Outcome> outcome(Proxy proxy, String spec) {
    return results(proxy).map(one -> one.bySpec().get(spec));
  }
}
