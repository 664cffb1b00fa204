package io.portolan.agent;

import io.portolan.api.v1alpha1.LogLevel;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * One line for each record: time, level, thread, class, text, and the chain of causes. Stack traces
 * only where the level is debug, since an API server that is away would fill the log with them.
 */
final class LogFormat extends Formatter {
  /** Loggers are held weakly by the JDK; without these its levels would be forgotten. */
  private static final Logger ROOT = Logger.getLogger("");

  private static final Logger OURS = Logger.getLogger("io.portolan");

  /**
   * Warnings of these help nobody: several for each connection that an API server drops, which the
   * watch tells too; and that our API is an alpha.
   */
  private static final List<Logger> NOISE =
      List.of(
          Logger.getLogger("io.fabric8.kubernetes.client.jdkhttp"),
          Logger.getLogger("io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils"));

  /** Writes all records to the console in this format. */
  static void install() {
    for (Handler handler : ROOT.getHandlers()) {
      ROOT.removeHandler(handler);
    }
    var console = new ConsoleHandler();
    console.setFormatter(new LogFormat());
    console.setLevel(Level.ALL);
    ROOT.addHandler(console);
    level(LogLevel.INFO);
  }

  /** Sets what is logged from now on; the libraries never say more than warnings. */
  static void level(LogLevel level) {
    Level ours =
        switch (level) {
          case ERROR -> Level.SEVERE;
          case WARN -> Level.WARNING;
          case INFO -> Level.INFO;
          case DEBUG -> Level.FINE;
        };
    OURS.setLevel(ours);
    NOISE.forEach(logger -> logger.setLevel(Level.SEVERE));
    ROOT.setLevel(level == LogLevel.ERROR ? Level.SEVERE : Level.WARNING);
  }

  @Override
  public String format(LogRecord record) {
    var line = new StringBuilder();
    line.append(record.getInstant().truncatedTo(ChronoUnit.MILLIS))
        .append(' ')
        .append(word(record.getLevel()))
        .append(' ')
        .append(record.getLoggerName().substring(record.getLoggerName().lastIndexOf('.') + 1))
        .append(": ")
        .append(formatMessage(record));
    Throwable thrown = record.getThrown();
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      line.append(": ").append(t);
    }
    if (thrown != null && OURS.isLoggable(Level.FINE)) {
      for (StackTraceElement element : thrown.getStackTrace()) {
        line.append("\n    at ").append(element);
      }
    }
    return line.append('\n').toString();
  }

  private static String word(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "error";
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return "warn";
    }
    return level.intValue() >= Level.INFO.intValue() ? "info" : "debug";
  }
}
