package io.portolan.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The pace of the probes")
class PaceTest {
  private final Pace pace = new Pace();
  private long now = -5; // System.nanoTime begins anywhere.

  /** Waits for the next round and makes it; how long that took. */
  private Duration round() {
    Duration wait = pace.untilNext(now);
    now += wait.toNanos();
    pace.round(now);
    return wait;
  }

  @Test
  @DisplayName("10 rounds in 2 s, one a second for two minutes, then one in ten seconds")
  void slowsDown() {
    pace.begin(now);
    assertThat(round()).isZero();
    for (int i = 1; i < 10; i++) {
      assertThat(round()).isEqualTo(Duration.ofMillis(200));
    }
    long begun = -5;
    int steady = 0;
    while (now - begun < Duration.ofMinutes(2).toNanos()) {
      assertThat(round()).isEqualTo(Duration.ofSeconds(1));
      steady++;
    }
    assertThat(steady).isBetween(118, 120);
    assertThat(round()).isEqualTo(Duration.ofSeconds(10));
    pace.begin(now);
    assertThat(round()).isZero();
    assertThat(round()).isEqualTo(Duration.ofMillis(200));
  }

  @Test
  @DisplayName("rounds that took long are not made up for")
  void late() {
    pace.begin(now);
    round();
    now += Duration.ofMinutes(1).toNanos();
    assertThat(round()).isZero();
    assertThat(round()).isEqualTo(Duration.ofMillis(200));
  }
}
