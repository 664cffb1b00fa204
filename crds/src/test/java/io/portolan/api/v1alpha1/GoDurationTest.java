package io.portolan.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
  @ParameterizedTest
  @CsvSource({
    "0s, PT0S",
    "250ms, PT0.25S",
    "30s, PT30S",
    "5m, PT5M",
    "3h, PT3H",
    "1h30m, PT1H30M",
    "1h2m3s4ms, PT1H2M3.004S",
    "1m1m, PT2M",
    "90m, PT1H30M",
    "86400000ms, PT24H",
    "007s, PT7S"
  })
  @DisplayName("a duration is read as Go reads it")
  void reads(String text, Duration expected) {
    assertThat(GoDuration.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "-5s",
        "+5s",
        "1.5h",
        "5 s",
        " 5s",
        "5s ",
        "5d",
        "5us",
        "5ns",
        "5S",
        "s",
        "5sm",
        "1000000000s",
        "100000h",
        "5s\n",
        "PT5S"
      })
  @DisplayName("what the API's pattern refuses is refused with its text")
  void refuses(String text) {
    assertThatThrownBy(() -> GoDuration.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("not a duration such as 30s or 1h30m: " + text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"99999h99999h99999h99999h", "999999999s999999999s999m"})
  @DisplayName("no duration within the API's length overflows 64 bits of nanoseconds")
  void neverOverflows(String longest) {
    assertThat(longest).hasSize(GoDuration.MAX_LENGTH);
    assertThat(GoDuration.parse(longest)).isLessThan(Duration.ofNanos(Long.MAX_VALUE));
  }

  @ParameterizedTest
  @CsvSource({"0,0s", "1,1s", "60,1m", "90,90s", "3600,1h", "5400,90m", "432000,120h"})
  @DisplayName("whole seconds are written in the largest unit, and can be read again")
  void writes(long seconds, String text) {
    assertThat(GoDuration.format(Duration.ofSeconds(seconds))).isEqualTo(text);
    assertThat(GoDuration.parse(text)).isEqualTo(Duration.ofSeconds(seconds));
  }
}
