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

class ProxyModeServerTest {
  @Test
  @DisplayName("/proxyMode on the loopback says the mode and nothing else, as kube-proxy does")
  void mode() throws Exception {
    try (var server = ProxyModeServer.start(0, () -> "nftables");
        var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:%d/proxyMode".formatted(server.port())))
              .timeout(Duration.ofSeconds(10))
              .build();
      var answer = client.send(request, BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("nftables");
    }
  }

  @Test
  @DisplayName("a port that another program has is told, not waited for")
  void taken() {
    try (var first = ProxyModeServer.start(0, () -> "nftables")) {
      assertThatThrownBy(() -> ProxyModeServer.start(first.port(), () -> "nftables"))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(Integer.toString(first.port()));
    }
  }
}
