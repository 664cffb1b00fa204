package io.portolan.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.api.v1alpha1.LogLevel;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LogFormatTest {
  @AfterEach
  void back() {
    LogFormat.level(LogLevel.INFO);
  }

  private static String failure() {
    var record = new LogRecord(Level.WARNING, "cannot write {0}");
    record.setLoggerName("io.portolan.agent.sync.SyncLoop");
    record.setInstant(Instant.parse("2026-11-23T20:00:00.123456Z"));
    record.setParameters(new Object[] {"it"});
    record.setThrown(new IllegalStateException("outer", new IllegalArgumentException("inner")));
    return new LogFormat().format(record);
  }

  @Test
  @DisplayName("a failure is one line with its causes; with level debug its trace follows")
  void oneLine() {
    LogFormat.level(LogLevel.INFO);
    assertThat(failure())
        .isEqualTo(
            "2026-11-23T20:00:00.123Z warn SyncLoop: cannot write it:"
                + " java.lang.IllegalStateException: outer:"
                + " java.lang.IllegalArgumentException: inner\n");
    LogFormat.level(LogLevel.DEBUG);
    assertThat(failure()).contains("\n    at io.portolan.agent.LogFormatTest");
  }

  @Test
  @DisplayName("the level counts for us at once, and libraries never say more than warnings")
  void levels() {
    LogFormat.level(LogLevel.DEBUG);
    assertThat(Logger.getLogger("io.portolan.agent.sync").isLoggable(Level.FINE)).isTrue();
    assertThat(Logger.getLogger("io.fabric8.any").isLoggable(Level.INFO)).isFalse();
    LogFormat.level(LogLevel.ERROR);
    assertThat(Logger.getLogger("io.portolan.agent.sync").isLoggable(Level.WARNING)).isFalse();
  }
}
