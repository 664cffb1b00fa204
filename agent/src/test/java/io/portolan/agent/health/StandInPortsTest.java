package io.portolan.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.Eventually;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Ports that stand in for kube-proxy's")
class StandInPortsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Verdict WELL = new Verdict(true, "", null, true);
  private static final Verdict ILL = new Verdict(false, "it does not serve", null, null);

  private int health;
  private int mode;
  private StandInPorts ports;

  @BeforeEach
  void open() throws IOException {
    health = free();
    mode = free();
    ports = ports(1);
  }

  @AfterEach
  void close() {
    ports.close();
  }

  private StandInPorts ports(int own) {
    return new StandInPorts(
        own, health, mode, () -> WELL, () -> ILL, () -> "nftables", () -> "up 1");
  }

  private static int free() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  @DisplayName("they answer as kube-proxy while we serve, and not before")
  void answers() throws Exception {
    assertThat(ports.holds(health)).isFalse();
    ports.serve(true);
    assertThat(ports.holds(health)).isTrue();
    assertThat(ports.holds(mode)).isTrue();
    assertThat(ports.holds(1)).isFalse();
    assertThat(get(health, "/healthz")).startsWith("200 {\"lastUpdated\"");
    assertThat(get(health, "/livez")).startsWith("503 ");
    assertThat(get(health, "/metrics")).startsWith("404 ");
    assertThat(get(mode, "/proxyMode")).isEqualTo("200 nftables");
    assertThat(get(mode, "/metrics")).isEqualTo("200 up 1");
  }

  @Test
  @DisplayName("when they shall not, the ports are free at once, and taken again when they shall")
  void freeAtOnce() throws Exception {
    for (int i = 0; i < 20; i++) {
      ports.serve(true);
      assertThat(ports.holds(health)).isTrue();
      assertThat(get(health, "/healthz")).startsWith("200");
      ports.serve(false);
      assertThat(ports.holds(health)).isFalse();
      new ServerSocket(health).close();
      new ServerSocket(mode).close();
    }
  }

  @Test
  @DisplayName("a port that another program has is taken when that one ends; the other one at once")
  void taken() throws Exception {
    try (var kubeProxy = new ServerSocket(health)) {
      ports.serve(true);
      ports.serve(true);
      assertThat(ports.holds(health)).isFalse();
      assertThat(ports.holds(mode)).isTrue();
      assertThat(kubeProxy.isBound()).isTrue();
    }
    Eventually.holds(SOON, () -> assertThat(ports.holds(health)).isTrue());
    assertThat(get(health, "/healthz")).startsWith("200");
  }

  @Test
  @DisplayName("who waits for a port and is told to stop does not take it later")
  void stopped() throws Exception {
    try (var kubeProxy = new ServerSocket(health)) {
      ports.serve(true);
      ports.serve(false);
      assertThat(kubeProxy.isBound()).isTrue();
    }
    Eventually.stays(Duration.ofSeconds(3), () -> ports.holds(health) || ports.holds(mode));
    assertThat(ports.holds(health)).isFalse();
  }

  @Test
  @DisplayName("the agent's own port is never taken from it")
  void own() throws Exception {
    try (var own = ports(health)) {
      own.serve(true);
      assertThat(own.holds(health)).isFalse();
      assertThat(own.holds(mode)).isTrue();
      new ServerSocket(health).close();
    }
  }

  private static String get(int port, String path) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(port, path)))
              .timeout(Duration.ofSeconds(10))
              .build();
      var answer = client.send(request, BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body();
    }
  }
}
