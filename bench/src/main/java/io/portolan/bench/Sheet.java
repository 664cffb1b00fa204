package io.portolan.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One table: of each row and column a value per round. Rows stand in the order they came in. */
final class Sheet {
  private final String title;
  private final List<String> columns;
  private final boolean ratio;
  private final Map<Row, Map<String, List<Double>>> rows = new LinkedHashMap<>();

  /** What is measured, and in which unit. */
  record Row(String name, String unit) {}

  /**
   * A table without values.
   *
   * @param ratio whether the median of the first column is to be divided by that of the second
   */
  Sheet(String title, List<String> columns, boolean ratio) {
    this.title = title;
    this.columns = List.copyOf(columns);
    this.ratio = ratio;
  }

  /** Gives a row its place, before there are values. */
  synchronized void declare(String row, String unit) {
    rows.computeIfAbsent(new Row(row, unit), none -> new LinkedHashMap<>());
  }

  synchronized void add(String row, String unit, String column, double value) {
    if (!columns.contains(column)) {
      throw new IllegalArgumentException("no column " + column);
    }
    rows.computeIfAbsent(new Row(row, unit), none -> new LinkedHashMap<>())
        .computeIfAbsent(column, none -> new ArrayList<>())
        .add(value);
  }

  String title() {
    return title;
  }

  List<String> columns() {
    return columns;
  }

  boolean ratio() {
    return ratio;
  }

  List<Row> rows() {
    return List.copyOf(rows.keySet());
  }

  /** What the rounds gave; empty where nothing was measured. */
  List<Double> values(Row row, String column) {
    return List.copyOf(rows.getOrDefault(row, Map.of()).getOrDefault(column, List.of()));
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }
}
