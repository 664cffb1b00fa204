package io.portolan.e2e.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The two proxies' results side by side, as a Markdown table. */
record Comparison(Map<Proxy, Results> results) {
  String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add("| spec | " + String.join(" | ", words()) + " |");
    lines.add("|---|" + "---|".repeat(Proxy.values().length));
    lines.add(row("all", proxy -> results(proxy).map(Results::summary).orElse("not run")));
    specs().forEach(spec -> lines.add(row(titleOf(spec), proxy -> cell(proxy, spec))));
    List<String> reasons = specs().stream().flatMap(this::reasons).toList();
    if (!reasons.isEmpty()) {
      lines.addAll(List.of("", "Why some did not pass, in upstream's words:", ""));
      lines.addAll(reasons);
    }
    return String.join("\n", lines) + "\n";
  }

  private Stream<String> reasons(String spec) {
    return Stream.of(Proxy.values())
        .flatMap(
            proxy ->
                outcome(proxy, spec).stream()
                    .filter(outcome -> !outcome.passed())
                    .map(
                        outcome ->
                            "* %s (%s): %s: %s"
                                .formatted(
                                    outcome.title(),
                                    proxy.word(),
                                    outcome.verdict(),
                                    outcome.because())));
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
    return Stream.of(Proxy.values()).map(Proxy::word).toList();
  }

  private TreeSet<String> specs() {
    TreeSet<String> all = new TreeSet<>();
    results.values().forEach(one -> all.addAll(one.bySpec().keySet()));
    return all;
  }

  private String titleOf(String spec) {
    return Stream.of(Proxy.values())
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
