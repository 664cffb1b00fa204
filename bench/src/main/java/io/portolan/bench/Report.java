package io.portolan.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the sheets, again after each race, so that a run that is broken off leaves what it has.
 */
final class Report {
  private final Path folder;
  private final Map<String, String> facts;
  private final List<Sheet> sheets;
  private final List<String> troubles = new ArrayList<>();

  Report(Path folder, Map<String, String> facts, List<Sheet> sheets) {
    this.folder = folder;
    this.facts = facts;
    this.sheets = List.copyOf(sheets);
  }

  /** What went wrong; a race that failed lacks figures. */
  void trouble(String what) {
    troubles.add(what);
  }

  boolean troubled() {
    return !troubles.isEmpty();
  }

  void write() {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("bench.md"), markdown());
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(folder.resolve("bench.json").toFile(), json());
    } catch (IOException e) {
      throw new BenchException("cannot write the results", e);
    }
  }

  String text() {
    var out = new StringBuilder("\n");
    facts.forEach((key, value) -> out.append(key).append(": ").append(value).append('\n'));
    for (Sheet sheet : sheets) {
      if (!sheet.isEmpty()) {
        out.append('\n').append(Tables.text(sheet));
      }
    }
    out.append("\nMedian (smallest to largest) of the rounds.\n");
    troubles.forEach(trouble -> out.append("FAILED: ").append(trouble).append('\n'));
    return out.toString();
  }

  private String markdown() {
    var out = new StringBuilder();
    facts.forEach(
        (key, value) -> out.append("- ").append(key).append(": ").append(value).append('\n'));
    out.append("\nMedian (smallest to largest) of the rounds.\n");
    for (Sheet sheet : sheets) {
      if (!sheet.isEmpty()) {
        out.append('\n').append(Tables.markdown(sheet));
      }
    }
    troubles.forEach(trouble -> out.append("\nFailed: ").append(trouble).append('\n'));
    return out.toString();
  }

  private Map<String, Object> json() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Sheet sheet : sheets) {
      for (Sheet.Row row : sheet.rows()) {
        for (String column : sheet.columns()) {
          if (!sheet.values(row, column).isEmpty()) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("table", sheet.title());
            line.put("row", row.name());
            line.put("unit", row.unit());
            line.put("column", column);
            line.put("values", sheet.values(row, column));
            rows.add(line);
          }
        }
      }
    }
    return Map.of("facts", facts, "failed", troubles, "values", rows);
  }
}
