package io.portolan.operator.migration;

import io.portolan.api.v1alpha1.GoDuration;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Durations of kube-proxy: all that Go's {@code time.ParseDuration} reads, fractions too. Those of
 * a ProxyConfig are a part of it, see {@link GoDuration}.
 */
final class ProxyDuration {
  private static final Pattern PART =
      Pattern.compile("([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)");
  private static final Pattern ALL = Pattern.compile("[+]?(?:" + PART.pattern() + "){1,64}");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "\u00b5s", 1_000L,
          "\u03bcs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private ProxyDuration() {}

  /** Null when it is none, is negative or is more than Go can hold (292 years). */
  static @Nullable Duration parse(String text) {
    if (text.equals("0") || text.equals("+0") || text.equals("-0")) {
      return Duration.ZERO;
    }
    if (text.length() > 64 || !ALL.matcher(text).matches()) {
      return null;
    }
    var nanos = BigDecimal.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      BigDecimal unit = BigDecimal.valueOf(NANOS.getOrDefault(part.group(2), 0L));
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit));
    }
    return nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
        ? null
        : Duration.ofNanos(nanos.setScale(0, RoundingMode.DOWN).longValueExact());
  }

  /** As a ProxyConfig has it; less than a millisecond is rounded up. */
  static String format(Duration duration) {
    long millis = duration.plusNanos(999_999).toMillis();
    return millis % 1000 == 0 ? GoDuration.format(Duration.ofMillis(millis)) : millis + "ms";
  }
}
