package io.portolan.agent.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ProxyStatusServerTest {
  @Test
  @DisplayName("/proxyMode on the loopback says the mode and nothing else, /metrics the metrics")
  void answers() throws Exception {
    try (var server = ProxyStatusServer.start(0, () -> "nftables", () -> "up 1");
        var client = HttpClient.newHttpClient()) {
      assertThat(get(client, server, "/proxyMode")).isEqualTo("200 nftables");
      assertThat(get(client, server, "/metrics")).isEqualTo("200 up 1");
    }
  }

  private static String get(HttpClient client, ProxyStatusServer server, String path)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path)))
            .timeout(Duration.ofSeconds(10))
            .build();
    var answer = client.send(request, BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  @Test
  @DisplayName("a port that another program has is told, not waited for")
  void taken() {
    try (var first = ProxyStatusServer.start(0, () -> "nftables", () -> "up 1")) {
      assertThatThrownBy(
              () -> ProxyStatusServer.start(first.port(), () -> "nftables", () -> "up 1"))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(Integer.toString(first.port()));
    }
  }
}
