package io.portolan.agent.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.portolan.agent.Eventually;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.HealthCheck;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.sync.Backoff;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On the loopback device of a network namespace of its own, which has three node addresses. */
@Timeout(120)
@DisplayName("The health check port of a Service")
class ServiceHealthServerTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String FIRST = "192.168.0.2";
  private static final String OTHER = "192.168.99.11";
  private static final String V6 = "fd02::2";

  private final AtomicBoolean proxyHealthy = new AtomicBoolean(true);
  private NetworkNamespace space;
  private ServiceHealthServer server;

  @BeforeEach
  void open() {
    space = NetworkNamespace.create("checks");
    for (String address : List.of(FIRST + "/32", OTHER + "/32", V6 + "/128")) {
      space.exec("ip", "addr", "add", address, "dev", "lo");
    }
    var quick = new Backoff(Duration.ofMillis(50), Duration.ofMillis(200));
    server = space.call(() -> new ServiceHealthServer(proxyHealthy::get, quick));
  }

  @AfterEach
  void close() {
    try {
      server.close();
    } finally {
      space.close();
    }
  }

  private record Answer(int status, Map<String, Object> body, Map<String, List<String>> headers) {
    List<String> header(String name) {
      return headers.entrySet().stream()
          .filter(e -> name.equalsIgnoreCase(e.getKey()))
          .flatMap(e -> e.getValue().stream())
          .toList();
    }
  }

  private Answer ask(String method, String host, int port, String path) {
    return space.call(
        () -> {
          var url = URI.create("http://" + host + ":" + port + path).toURL();
          var connection = (HttpURLConnection) url.openConnection();
          connection.setRequestMethod(method);
          connection.setConnectTimeout(5_000);
          connection.setReadTimeout(5_000);
          try {
            int status = connection.getResponseCode();
            try (var in =
                status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
              String text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
              return new Answer(status, json(text), connection.getHeaderFields());
            }
          } finally {
            connection.disconnect();
          }
        });
  }

  @SuppressWarnings("unchecked") // An object of JSON is a map.
  private static Map<String, Object> json(String text) throws Exception {
    return text.isEmpty() ? Map.of() : new ObjectMapper().readValue(text, Map.class);
  }

  private Answer ask(String host, int port) {
    return ask("GET", host, port, "/");
  }

  private void answers(String host, int port, int status, int endpoints) {
    Eventually.holds(
        SOON,
        () -> {
          Answer answer = ask(host, port);
          assertThat(answer.status()).isEqualTo(status);
          assertThat(answer.body()).containsEntry("localEndpoints", endpoints);
        });
  }

  private void refuses(String host, int port) {
    Eventually.holds(
        SOON,
        () ->
            assertThatThrownBy(() -> ask(host, port))
                .hasRootCauseInstanceOf(ConnectException.class));
  }

  private static HealthCheck check(String name, IpFamily family, int port, int endpoints) {
    return new HealthCheck(new ServiceName("ns", name), family, port, endpoints);
  }

  private static HealthCheck check(String name, int port, int endpoints) {
    return check(name, IpFamily.IPV4, port, endpoints);
  }

  private void serve(List<HealthCheck> checks, String... addresses) {
    server.serve(checks, List.of(addresses).stream().map(Ip::parse).toList());
  }

  @Test
  @DisplayName("says 200 with endpoints on this node and 503 without, with the number of them")
  void counts() {
    serve(List.of(check("a", 30001, 3), check("b", 30002, 0)), FIRST);
    answers(FIRST, 30001, 200, 3);
    answers(FIRST, 30002, 503, 0);
    Answer answer = ask("GET", FIRST, 30001, "/any/path?x=1");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).containsExactly("application/json");
    assertThat(answer.header("X-Content-Type-Options")).containsExactly("nosniff");
    assertThat(answer.header("X-Load-Balancing-Endpoint-Weight")).containsExactly("3");
    assertThat(answer.body())
        .isEqualTo(
            Map.of(
                "service",
                Map.of("namespace", "ns", "name", "a"),
                "localEndpoints",
                3,
                "serviceProxyHealthy",
                true));
    assertThat(ask("HEAD", FIRST, 30001, "/").status()).isEqualTo(200);
    assertThat(ask("HEAD", FIRST, 30002, "/").header("X-Load-Balancing-Endpoint-Weight"))
        .containsExactly("0");

    serve(List.of(check("a", 30001, 0), check("b", 30002, 18)), FIRST);
    assertThat(ask(FIRST, 30001).status()).as("in force at once").isEqualTo(503);
    assertThat(ask(FIRST, 30002).header("X-Load-Balancing-Endpoint-Weight")).containsExactly("18");
  }

  @Test
  @DisplayName("closes with its Service, moves with its port, and goes over to another Service")
  void ports() {
    serve(List.of(check("a", 30001, 1), check("b", 30002, 1)), FIRST);
    answers(FIRST, 30001, 200, 1);
    answers(FIRST, 30002, 200, 1);
    serve(List.of(check("a", 30003, 1), check("c", 30002, 2)), FIRST);
    refuses(FIRST, 30001);
    answers(FIRST, 30003, 200, 1);
    assertThat(ask(FIRST, 30002).body())
        .containsEntry("service", Map.of("namespace", "ns", "name", "c"));
    serve(List.of(), FIRST);
    refuses(FIRST, 30002);
    refuses(FIRST, 30003);
  }

  @Test
  @DisplayName("says 503 while the proxy itself is not healthy, and still the right number")
  void proxy() {
    serve(List.of(check("a", 30001, 7), check("b", 30002, 0)), FIRST);
    answers(FIRST, 30001, 200, 7);
    proxyHealthy.set(false);
    answers(FIRST, 30001, 503, 7);
    answers(FIRST, 30002, 503, 0);
    assertThat(ask(FIRST, 30001).body()).containsEntry("serviceProxyHealthy", false);
    proxyHealthy.set(true);
    answers(FIRST, 30001, 200, 7);
  }

  @Test
  @DisplayName("counts each family for itself, on the addresses of that family")
  void families() {
    serve(
        List.of(check("a", IpFamily.IPV4, 30001, 2), check("a", IpFamily.IPV6, 30001, 0)),
        FIRST,
        V6);
    answers(FIRST, 30001, 200, 2);
    answers("[" + V6 + "]", 30001, 503, 0);
    serve(List.of(check("a", IpFamily.IPV6, 30001, 5)), FIRST, V6);
    answers("[" + V6 + "]", 30001, 200, 5);
    refuses(FIRST, 30001);
  }

  @Test
  @DisplayName("is open on the addresses of NodePorts alone, and follows them")
  void addresses() {
    serve(List.of(check("a", 30001, 1)), FIRST);
    answers(FIRST, 30001, 200, 1);
    refuses(OTHER, 30001);
    refuses("127.0.0.1", 30001);
    serve(List.of(check("a", 30001, 1)), FIRST, OTHER);
    answers(OTHER, 30001, 200, 1);
    serve(List.of(check("a", 30001, 1)), OTHER);
    refuses(FIRST, 30001);
    answers(OTHER, 30001, 200, 1);
  }

  @Test
  @DisplayName("opens by itself once a port that another holds is free; the others are open before")
  void taken() throws Exception {
    try (ServerSocket holder =
        space.call(() -> new ServerSocket(30001, 1, InetAddress.getByName(FIRST)))) {
      serve(List.of(check("a", 30001, 1), check("b", 30002, 1)), FIRST, OTHER);
      answers(FIRST, 30002, 200, 1);
      answers(OTHER, 30001, 200, 1);
      assertThat(holder.isBound()).isTrue();
    }
    answers(FIRST, 30001, 200, 1);
  }

  @Test
  @DisplayName("opens by itself once the node has the address")
  void addressComes() {
    serve(List.of(check("a", 30001, 1)), "192.168.7.7", FIRST);
    answers(FIRST, 30001, 200, 1);
    space.exec("ip", "addr", "add", "192.168.7.7/32", "dev", "lo");
    answers("192.168.7.7", 30001, 200, 1);
  }

  @Test
  @DisplayName("is closed when the agent ends")
  void end() {
    serve(List.of(check("a", 30001, 1)), FIRST, V6);
    answers(FIRST, 30001, 200, 1);
    server.close();
    assertThatThrownBy(() -> ask(FIRST, 30001)).hasRootCauseInstanceOf(ConnectException.class);
  }

  @Test
  @DisplayName("who asks while it closes is answered, reset or refused, and never left waiting")
  void closesWhileAsked() {
    var address = new InetSocketAddress(FIRST, 30004);
    var asked = List.of(check("a", IpFamily.IPV4, address.getPort(), 1));
    try (var clients = Executors.newFixedThreadPool(3)) {
      for (int round = 0; round < 500; round++) {
        server.serve(asked, List.of(Ip.parse(FIRST)));
        answers(FIRST, address.getPort(), 200, 1);
        var start = new CountDownLatch(1);
        var questions =
            IntStream.range(0, 3)
                .mapToObj(i -> clients.submit(() -> space.call(() -> end(address, start))))
                .toList();
        start.countDown();
        server.serve(List.of(), List.of());
        for (var question : questions) {
          assertThat(question).succeedsWithin(SOON).isNotEqualTo("left waiting");
        }
      }
    }
  }

  /** How one question ended. */
  private static String end(InetSocketAddress address, CountDownLatch start)
      throws InterruptedException {
    start.await();
    try (var socket = new Socket()) {
      socket.connect(address, 5_000);
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return "answered in " + socket.getInputStream().readAllBytes().length + " bytes";
    } catch (SocketTimeoutException e) {
      return "left waiting";
    } catch (IOException e) {
      return e.toString();
    }
  }
}
