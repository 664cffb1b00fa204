package io.portolan.agent.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.portolan.agent.Eventually;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.sync.Change;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An API server that refuses is played; the one that does not is real, in AgentApiTest. */
@Timeout(60)
@DisplayName("The watch of ServiceCIDRs")
class ServiceCidrFeedTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String LIST =
      """
      {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDRList",
       "metadata": {"resourceVersion": "7"},
       "items": [{"metadata": {"name": "kubernetes", "resourceVersion": "5"},
                  "spec": {"cidrs": ["10.96.0.0/16", "fd00:96::/112", "nonsense"]}}]}
      """;

  private final List<Change> changes = new CopyOnWriteArrayList<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private volatile int refusal;
  private HttpServer server;
  private KubernetesClient client;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(executor);
    server.start();
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder()
                    .withAutoConfigure(false)
                    .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                    .withRequestRetryBackoffLimit(0)
                    .withWatchReconnectInterval(20)
                    .build())
            .build();
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
    executor.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    requests.incrementAndGet();
    try (exchange) {
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      byte[] body = (refusal == 0 ? LIST : "{}").getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      if (refusal == 0 && query.contains("watch=true")) {
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().flush();
        Thread.sleep(SOON);
      } else {
        exchange.sendResponseHeaders(refusal == 0 ? 200 : refusal, body.length);
        exchange.getResponseBody().write(body);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ranges() {
    Eventually.holds(
        SOON,
        () ->
            assertThat(changes)
                .contains(
                    new Change.OfServiceCidrs(
                        List.of(Cidr.parse("10.96.0.0/16"), Cidr.parse("fd00:96::/112")))));
  }

  private void waitsNoLonger() {
    Eventually.holds(
        SOON, () -> assertThat(changes).contains(new Change.Listed(Change.Source.SERVICE_CIDRS)));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(ints = {404, 403})
  @DisplayName("lets the plan go on when the API server refuses, asks seldom, and finds them later")
  void refused(int status) throws Exception {
    refusal = status;
    try (var feed = new ServiceCidrFeed(client, changes::add, Duration.ofSeconds(2))) {
      feed.start();
      waitsNoLonger();
      int before = requests.get();
      Thread.sleep(1_000);
      assertThat(requests.get()).as("requests after the refusal").isLessThanOrEqualTo(before + 1);
      assertThat(changes).noneMatch(Change.OfServiceCidrs.class::isInstance);
      refusal = 0;
      ranges();
    }
  }

  @Test
  @DisplayName("tells them all before the plan goes on")
  void order() {
    try (var feed = new ServiceCidrFeed(client, changes::add, Duration.ofSeconds(2))) {
      feed.start();
      waitsNoLonger();
      ranges();
      assertThat(changes.getFirst()).isInstanceOf(Change.OfServiceCidrs.class);
    }
  }

  @Test
  @DisplayName("lets the plan go on although the API server fails, and goes on trying")
  void fails() {
    refusal = 500;
    try (var feed = new ServiceCidrFeed(client, changes::add, Duration.ofSeconds(2))) {
      feed.start();
      waitsNoLonger();
      int before = requests.get();
      Eventually.holds(SOON, () -> assertThat(requests.get()).isGreaterThan(before));
      refusal = 0;
      ranges();
    }
  }
}
