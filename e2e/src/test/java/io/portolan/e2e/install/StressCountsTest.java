package io.portolan.e2e.install;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What the stress client counts")
class StressCountsTest {
  private static final String EARLIER =
      """
      {"tcp/short=10.96.0.7:80": {"requests": 10, "connections": 10, "failed": 1, "reset": 0,
       "misdirected": 0, "stalled": 0, "answers": {"a": 9}, "slowestMillis": 30,
       "failures": [{"time": "2026-05-04T03:02:01.007Z", "kind": "failed", "text": "timeout"}],
       "oldestOpen": ""}}
      """;
  private static final String LATER =
      """
      {"tcp/short=10.96.0.7:80": {"requests": 25, "connections": 24, "failed": 1, "reset": 2,
       "misdirected": 3, "stalled": 4, "answers": {"a": 24}, "slowestMillis": 40,
       "failures": [{"time": "2026-05-04T03:02:01.007Z", "kind": "failed", "text": "timeout"},
                    {"time": "2026-05-04T03:02:09.007Z", "kind": "reset", "text": "EOF"}],
       "oldestOpen": "2026-05-04T03:02:10.500Z"}}
      """;

  @Test
  @DisplayName("is told since an earlier count, with the failures that came later")
  void since() {
    StressCounts since = counts(LATER).since(counts(EARLIER));
    assertThat(since)
        .isEqualTo(
            new StressCounts(15, 14, 0, 2, 3, 4, 40, since.failures(), "2026-05-04T03:02:10.500Z"));
    assertThat(since.failures())
        .containsExactly(new EchoTotals.Failure("2026-05-04T03:02:09.007Z", "reset", "EOF"));
    assertThat(since.bad()).isEqualTo(5);
    assertThat(since.plus(since).bad()).isEqualTo(10);
  }

  @Test
  @DisplayName("is not settled while a request is open that began before")
  void open() {
    Instant began = Instant.parse("2026-05-04T03:02:10.500Z");
    assertThat(counts(LATER).allEndedSince(began)).isTrue();
    assertThat(counts(LATER).allEndedSince(began.plusMillis(1))).isFalse();
    assertThat(counts(EARLIER).allEndedSince(began.plusMillis(1))).isTrue();
  }

  private static StressCounts counts(String report) {
    return StressCounts.parseReport(report).values().iterator().next();
  }
}
