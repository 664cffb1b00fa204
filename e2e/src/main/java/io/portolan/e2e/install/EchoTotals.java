package io.portolan.e2e.install;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What the echo client counted (e2e/kubernetes/cmd/echo).
 *
 * @param calls connections tried
 * @param failed of them, those without an answer
 * @param errors texts of the failures, with their number
 * @param answers host names that answered, with their number
 * @param remotes client addresses that the servers saw, with their number
 * @param failures the first of them, with their times
 * @param oldestOpen RFC 3339 time at which the oldest call began that has not ended; empty when all
 *     have
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record EchoTotals(
    int calls,
    int failed,
    Map<String, Integer> errors,
    Map<String, Integer> answers,
    Map<String, Integer> remotes,
    long p50Micros,
    long p99Micros,
    List<Failure> failures,
    String oldestOpen) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * One call that failed.
   *
   * @param time RFC 3339
   * @param kind refused, timeout, reset or other
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Failure(String time, String kind, String text) {}

  /** Whether no call is open that began before this time. */
  public boolean allEndedSince(Instant time) {
    return oldestOpen.isEmpty() || !Instant.parse(oldestOpen).isBefore(time);
  }

  /** Reads the line of {@code echo call}. */
  public static EchoTotals parse(String line) {
    try {
      return JSON.readValue(line, EchoTotals.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not the totals of echo: " + line, e);
    }
  }

  /** Reads the report of {@code echo run}, by target. */
  public static Map<String, EchoTotals> parseReport(String text) {
    try {
      return JSON.readValue(text, new TypeReference<>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a report of echo: " + text, e);
    }
  }
}
