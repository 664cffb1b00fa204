package io.portolan.e2e.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The proxies' results side by side, as a Markdown table; one that was not run has no column. */
record Comparison(Map<Proxy, Results> results) {
  String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add("| spec | " + String.join(" | ", words()) + " |");
    lines.add("|---|" + "---|".repeat(results.size()));
    lines.add(row("all", proxy -> results(proxy).map(Results::summary).orElseThrow()));
    specs().forEach(spec -> lines.add(row(titleOf(spec), proxy -> cell(proxy, spec))));
    List<String> reasons = specs().stream().flatMap(this::reasons).toList();
    if (!reasons.isEmpty()) {
      lines.addAll(List.of("", "Why some did not pass, in upstream's words:", ""));
      lines.addAll(reasons);
    }
    return String.join("\n", lines) + "\n";
  }

  private Stream<String> reasons(String spec) {
    return proxies()
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

  private String row(String title, Cell cell) {
    StringBuilder row = new StringBuilder("| ").append(title).append(" |");
    proxies().forEach(proxy -> row.append(' ').append(cell.of(proxy)).append(" |"));
    return row.toString();
  }

  private List<String> words() {
    return proxies().map(Proxy::word).toList();
  }

  private Stream<Proxy> proxies() {
    return Stream.of(Proxy.values()).filter(results::containsKey);
  }

  private TreeSet<String> specs() {
    TreeSet<String> all = new TreeSet<>();
    results.values().forEach(one -> all.addAll(one.bySpec().keySet()));
    return all;
  }

  private String titleOf(String spec) {
    return proxies()
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
