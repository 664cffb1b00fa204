package io.portolan.api.v1alpha1;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Kubernetes writes them in text ({@code metav1.Duration}, Go's {@code
 * time.ParseDuration}), without fractions and signs: {@code 30s}, {@code 1h30m}, {@code 250ms},
 * {@code 0s}.
 */
public final class GoDuration {
  /**
   * What a duration field of the API accepts. Within {@link #MAX_LENGTH} no such text overflows the
   * 64 bits of nanoseconds in which Go, and thus the API server's rules, count.
   */
  public static final String PATTERN = "^([0-9]{1,9}(ms|s)|[0-9]{1,5}(m|h))+$";

  /** Most characters of a duration field of the API. */
  public static final int MAX_LENGTH = 24;

  private static final Pattern PART = Pattern.compile("([0-9]+)(ms|s|m|h)");
  private static final Pattern WHOLE = Pattern.compile(PATTERN);

  private GoDuration() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException when the text is not of {@link #PATTERN}
   */
  public static Duration parse(String text) {
    if (!WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException("not a duration such as 30s or 1h30m: " + text);
    }
    var sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      long n = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "ms" -> Duration.ofMillis(n);
                case "s" -> Duration.ofSeconds(n);
                case "m" -> Duration.ofMinutes(n);
                default -> Duration.ofHours(n);
              });
    }
    return sum;
  }

  /**
   * Writes whole seconds in the largest unit that they are a multiple of: {@code 24h}, {@code 2m},
   * {@code 90s}.
   *
   * @param duration not negative; what is below a second is left out
   */
  public static String format(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds > 0 && seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    return seconds > 0 && seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }
}
