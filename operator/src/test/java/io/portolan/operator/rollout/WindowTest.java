package io.portolan.operator.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Maintenance windows")
class WindowTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @Test
  @DisplayName("without any, it is always open")
  void none() {
    assertThat(Window.open(List.of(), Instant.EPOCH)).isTrue();
  }

  @Test
  @DisplayName("opens by the clock of its zone, summer and winter, on its days only")
  void zone() {
    var monday = List.of(window(2, 0, 4, DayOfWeek.MONDAY));
    assertThat(open(monday, "2026-01-05T00:59:59Z")).isFalse();
    assertThat(open(monday, "2026-01-05T01:00:00Z")).isTrue();
    assertThat(open(monday, "2026-01-05T05:00:00Z")).isFalse();
    assertThat(open(monday, "2026-07-06T00:00:00Z")).isTrue();
    assertThat(open(monday, "2026-07-07T00:30:00Z")).isFalse();
    assertThat(Window.next(monday, Instant.parse("2026-01-05T01:00:00Z")))
        .contains(Instant.parse("2026-01-12T01:00:00Z"));
  }

  @Test
  @DisplayName("one that begins before midnight is open after it")
  void overMidnight() {
    var sunday = List.of(window(23, 30, 2, DayOfWeek.SUNDAY));
    assertThat(open(sunday, "2026-01-04T23:30:00Z")).isTrue();
    assertThat(open(sunday, "2026-01-05T00:30:00Z")).isFalse();
  }

  @Test
  @DisplayName("a start that the clock skips comes an hour later; one that comes twice, once")
  void daylightSaving() {
    var daily = List.of(window(2, 30, 1));
    // 2026-03-29: 02:00 becomes 03:00 in Berlin, so 02:30 is taken as 03:30, 01:30 UTC.
    assertThat(open(daily, "2026-03-29T01:15:00Z")).isFalse();
    assertThat(open(daily, "2026-03-29T01:30:00Z")).isTrue();
    assertThat(open(daily, "2026-03-29T02:30:00Z")).isFalse();
    // 2026-10-25: 03:00 becomes 02:00, so 02:30 comes at 00:30 and 01:30 UTC.
    assertThat(open(daily, "2026-10-25T00:45:00Z")).isTrue();
    assertThat(open(daily, "2026-10-25T01:45:00Z")).isFalse();
  }

  private static boolean open(List<Window> windows, String now) {
    return Window.open(windows, Instant.parse(now));
  }

  private static Window window(int hour, int minute, int hours, DayOfWeek... days) {
    return new Window(Set.of(days), LocalTime.of(hour, minute), Duration.ofHours(hours), BERLIN);
  }
}
