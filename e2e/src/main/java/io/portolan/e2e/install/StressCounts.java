package io.portolan.e2e.install;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What the stress client counted of one flow (e2e/kubernetes/cmd/echo).
 *
 * @param requests those that have ended
 * @param connections those that were made for them; for UDP, source ports
 * @param failed requests without a connection or without an answer in time
 * @param reset requests whose connection was ended by someone else
 * @param misdirected requests that a server answered that must not: one of another Service, another
 *     one on the same connection, or another one than affinity wants (each move counts once)
 * @param stalled requests that were answered too late
 * @param slowestMillis how long the slowest answer took, since the client's start
 * @param failures the first of each kind, in the order of their ends
 * @param oldestOpen RFC 3339 time at which the oldest request began that has not ended; empty when
 *     all have
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record StressCounts(
    int requests,
    int connections,
    int failed,
    int reset,
    int misdirected,
    int stalled,
    long slowestMillis,
    List<EchoTotals.Failure> failures,
    String oldestOpen) {
  static final StressCounts NONE = new StressCounts(0, 0, 0, 0, 0, 0, 0, List.of(), "");

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Keeps an immutable copy. */
  public StressCounts {
    failures = List.copyOf(failures);
  }

  /** Reads the report of {@code echo stress}, by flow. */
  static Map<String, StressCounts> parseReport(String text) {
    try {
      return JSON.readValue(text, new TypeReference<>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a report of echo stress: " + text, e);
    }
  }

  /** Requests that went wrong; the late ones did not: how late is a matter of the machine, too. */
  public int bad() {
    return failed + reset + misdirected;
  }

  boolean allEndedSince(Instant time) {
    return oldestOpen.isEmpty() || !Instant.parse(oldestOpen).isBefore(time);
  }

  /** What an earlier count of the same flow did not have. */
  StressCounts since(StressCounts earlier) {
    return new StressCounts(
        requests - earlier.requests,
        connections - earlier.connections,
        failed - earlier.failed,
        reset - earlier.reset,
        misdirected - earlier.misdirected,
        stalled - earlier.stalled,
        slowestMillis,
        failures.stream().skip(earlier.failures.size()).toList(),
        oldestOpen);
  }

  /** Both together, without the single failures. */
  StressCounts plus(StressCounts other) {
    return new StressCounts(
        requests + other.requests,
        connections + other.connections,
        failed + other.failed,
        reset + other.reset,
        misdirected + other.misdirected,
        stalled + other.stalled,
        Math.max(slowestMillis, other.slowestMillis),
        List.of(),
        "");
  }

  @Override
  public String toString() {
    return "%d requests over %d connections: %d failed, %d reset, %d misdirected, %d stalled; slowest answer %d ms"
        .formatted(requests, connections, failed, reset, misdirected, stalled, slowestMillis);
  }
}
