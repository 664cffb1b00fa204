package io.portolan.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Sheets for people: on a terminal, and as Markdown. */
final class Tables {
  private Tables() {}

  /** In columns as wide as their widest cell. */
  static String text(Sheet sheet) {
    List<List<String>> lines = cells(sheet);
    int columns = lines.getFirst().size();
    var widths = new int[columns];
    for (List<String> line : lines) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], line.get(c).length());
      }
    }
    var out = new StringBuilder(sheet.title()).append('\n');
    for (List<String> line : lines) {
      for (int c = 0; c < columns; c++) {
        String cell = line.get(c);
        String blanks = " ".repeat(widths[c] - cell.length());
        out.append(c == 0 ? cell + blanks : "  " + blanks + cell);
      }
      out.append('\n');
    }
    return out.toString();
  }

  static String markdown(Sheet sheet) {
    List<List<String>> lines = cells(sheet);
    var out = new StringBuilder("**" + sheet.title() + "**\n\n");
    out.append(markdownLine(lines.getFirst()));
    out.append("|---".repeat(lines.getFirst().size())).append("|\n");
    lines.subList(1, lines.size()).forEach(line -> out.append(markdownLine(line)));
    return out.toString();
  }

  private static String markdownLine(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  private static List<List<String>> cells(Sheet sheet) {
    List<List<String>> lines = new ArrayList<>();
    var head = new ArrayList<>(List.of(""));
    head.addAll(sheet.columns());
    if (sheet.ratio()) {
      head.add(sheet.columns().get(0) + " / " + sheet.columns().get(1));
    }
    lines.add(head);
    for (Sheet.Row row : sheet.rows()) {
      var line = new ArrayList<>(List.of(row.name() + ", " + row.unit()));
      for (String column : sheet.columns()) {
        line.add(cell(sheet.values(row, column)));
      }
      if (sheet.ratio()) {
        line.add(
            ratio(
                sheet.values(row, sheet.columns().get(0)),
                sheet.values(row, sheet.columns().get(1))));
      }
      lines.add(line);
    }
    return lines;
  }

  /** Median (minimum to maximum); the median alone when all are alike. */
  static String cell(List<Double> values) {
    if (values.isEmpty()) {
      return "-";
    }
    String median = number(Samples.median(values));
    String min = number(Samples.min(values));
    String max = number(Samples.max(values));
    return min.equals(max) ? median : "%s (%s to %s)".formatted(median, min, max);
  }

  /** Of the medians; "-" where one of them is lacking or zero. */
  static String ratio(List<Double> above, List<Double> below) {
    if (above.isEmpty() || below.isEmpty() || Samples.median(below) == 0) {
      return "-";
    }
    return number(Samples.median(above) / Samples.median(below));
  }

  /** Three digits that count, all before the point. */
  static String number(double value) {
    double size = Math.abs(value);
    int places = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + places + "f", value);
  }
}
