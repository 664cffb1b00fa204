package io.portolan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Tables")
class TablesTest {
  @Test
  @DisplayName("a cell tells the median and the range, or one number where all are alike")
  void cells() {
    assertThat(Tables.cell(List.of(1.0, 3.0, 2.0))).isEqualTo("2.00 (1.00 to 3.00)");
    assertThat(Tables.cell(List.of(12.34, 12.34))).isEqualTo("12.3");
    assertThat(Tables.cell(List.of())).isEqualTo("-");
  }

  @Test
  @DisplayName("numbers keep three digits, and all before the point")
  void numbers() {
    assertThat(Tables.number(0)).isEqualTo("0");
    assertThat(Tables.number(0.12345)).isEqualTo("0.123");
    assertThat(Tables.number(1.2345)).isEqualTo("1.23");
    assertThat(Tables.number(12.345)).isEqualTo("12.3");
    assertThat(Tables.number(12345.6)).isEqualTo("12,346");
  }

  @Test
  @DisplayName("the ratio is that of the medians, and is left out where one is lacking or zero")
  void ratios() {
    assertThat(Tables.ratio(List.of(10.0, 20.0, 90.0), List.of(4.0, 5.0, 6.0))).isEqualTo("4.00");
    assertThat(Tables.ratio(List.of(1.0), List.of(0.0))).isEqualTo("-");
    assertThat(Tables.ratio(List.of(), List.of(1.0))).isEqualTo("-");
  }

  @Test
  @DisplayName("rows stand in the order in which they were first told of")
  void order() {
    var sheet = new Sheet("Race", List.of("a", "b"), true);
    sheet.add("one", "ms", "a", 10);
    sheet.declare("two", "s");
    sheet.add("three", "ms", "a", 30);
    sheet.add("two", "s", "b", 20);
    sheet.add("one", "ms", "b", 5);
    assertThat(Tables.text(sheet))
        .isEqualTo(
            """
            Race
                          a     b  a / b
            one, ms    10.0  5.00   2.00
            two, s        -  20.0      -
            three, ms  30.0     -      -
            """);
    assertThat(Tables.markdown(sheet))
        .isEqualTo(
            """
            **Race**

            |  | a | b | a / b |
            |---|---|---|---|
            | one, ms | 10.0 | 5.00 | 2.00 |
            | two, s | - | 20.0 | - |
            | three, ms | 30.0 | - | - |
            """);
  }
}
