package io.portolan.operator.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.portolan.api.v1alpha1.RolloutGate;
import io.portolan.operator.rollout.ExternalGate;
import io.portolan.operator.rollout.ExternalGate.State;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Prometheus is played: a server that gives the answers its HTTP API documents. */
@DisplayName("A gate by PromQL")
class PrometheusGatesTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final HttpServer server;
  private final AtomicInteger asked = new AtomicInteger();
  private volatile String answer = "";
  private volatile @Nullable String query;

  PrometheusGatesTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/prefix/api/v1/query",
        exchange -> {
          asked.incrementAndGet();
          query = URLDecoder.decode(exchange.getRequestURI().getRawQuery(), StandardCharsets.UTF_8);
          byte[] body = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(answer.contains("error") ? 400 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  @Test
  @DisplayName("is open while the query returns nothing, and sends the query as it is")
  void open() {
    assertThat(ask(vector(""))).isEqualTo(new ExternalGate("errors", State.OPEN, ""));
    assertThat(query).isEqualTo("query=sum(rate(x{a=\"b&c\"}[1m])) > 1 + 2");
  }

  @Test
  @DisplayName("is shut when the query returns something, and says what")
  void shut() {
    ExternalGate gate = ask(vector("{\"metric\":{\"node\":\"n-1\"},\"value\":[1.5,\"7.25\"]}"));
    assertThat(gate.state()).isEqualTo(State.SHUT);
    assertThat(gate.words()).contains("1 series", "n-1", "7.25");
  }

  @Test
  @DisplayName("is unknown, with the reason, for an error, a number, other content, nobody there")
  void unknown() {
    assertUnknown(
        ask("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse: unexpected\"}"),
        "400, parse: unexpected");
    assertUnknown(
        ask("{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"2\"]}}"),
        "write it as an alert");
    assertUnknown(ask("<html>"), "no JSON");
    server.stop(0);
    assertUnknown(ask(""), "http://");
  }

  @Test
  @DisplayName("is asked again only when its answer is five seconds old")
  void cached() {
    answer = vector("");
    var gates = new PrometheusGates();
    gates.ask(List.of(gate()), NOW);
    gates.ask(List.of(gate()), NOW.plusSeconds(4));
    assertThat(asked).hasValue(1);
    gates.ask(List.of(gate()), NOW.plusSeconds(5));
    assertThat(asked).hasValue(2);
  }

  private static void assertUnknown(ExternalGate gate, String words) {
    assertThat(gate.state()).isEqualTo(State.UNKNOWN);
    assertThat(gate.words()).contains(words);
  }

  private ExternalGate ask(String answered) {
    answer = answered;
    return new PrometheusGates().ask(List.of(gate()), NOW).getFirst();
  }

  private RolloutGate gate() {
    String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/prefix/";
    return new RolloutGate("errors", address, "sum(rate(x{a=\"b&c\"}[1m])) > 1 + 2");
  }

  private static String vector(String series) {
    return "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[%s]}}"
        .formatted(series);
  }
}
