package io.portolan.operator.controller;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.portolan.api.v1alpha1.RolloutGate;
import io.portolan.operator.rollout.ExternalGate;
import io.portolan.operator.rollout.ExternalGate.State;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks Prometheus what the user's gates want to know, by its HTTP API ({@code /api/v1/query}). An
 * answer counts for a while, so that a busy rollout does not ask at each of its steps.
 */
final class PrometheusGates {
  /** How long an answer counts, and how often one is asked while it matters. */
  static final Duration FRESH = Duration.ofSeconds(5);

  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final int LONGEST = 300;

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final ObjectMapper json = new ObjectMapper();
  private final Map<RolloutGate, Answer> answers = new ConcurrentHashMap<>();

  private record Answer(ExternalGate gate, Instant at) {}

  /** What each gate says now, or said a moment ago. */
  List<ExternalGate> ask(List<RolloutGate> gates, Instant now) {
    answers.values().removeIf(a -> stale(a, now));
    return gates.stream()
        .map(gate -> answers.computeIfAbsent(gate, g -> new Answer(ask(g), now)).gate())
        .toList();
  }

  private static boolean stale(Answer answer, Instant now) {
    return Duration.between(answer.at(), now).compareTo(FRESH) >= 0;
  }

  private ExternalGate ask(RolloutGate gate) {
    String address = gate.address().replaceAll("/+$", "");
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create(
                          address
                              + "/api/v1/query?query="
                              + URLEncoder.encode(gate.query(), StandardCharsets.UTF_8)))
                  .timeout(TIMEOUT)
                  .header("Accept", "application/json")
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      return read(gate.name(), answer.statusCode(), answer.body());
    } catch (IOException | IllegalArgumentException e) {
      String why = Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
      return unknown(gate.name(), address + ": " + why);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return unknown(gate.name(), "the operator ends");
    }
  }

  private ExternalGate read(String name, int code, String body) {
    JsonNode answer;
    try {
      answer = json.readTree(body);
    } catch (JsonProcessingException e) {
      return unknown(name, "HTTP status %d and no JSON".formatted(code));
    }
    if (!"success".equals(answer.path("status").asText())) {
      return unknown(
          name,
          "HTTP status %d, %s"
              .formatted(code, answer.path("error").asText("not an answer of Prometheus")));
    }
    String type = answer.path("data").path("resultType").asText();
    JsonNode result = answer.path("data").path("result");
    if (!type.equals("vector")) {
      return unknown(
          name, "the query gives a %s; write it as an alert, with a comparison".formatted(type));
    }
    if (result.isEmpty()) {
      return new ExternalGate(name, State.OPEN, "");
    }
    return new ExternalGate(
        name,
        State.SHUT,
        shortened(
            "its query returns %d series, such as %s = %s"
                .formatted(
                    result.size(),
                    result.path(0).path("metric"),
                    result.path(0).path("value").path(1).asText())));
  }

  private static ExternalGate unknown(String name, String why) {
    return new ExternalGate(name, State.UNKNOWN, shortened(why));
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }
}
