package io.portolan.agent.health;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Answers {@code /healthz}, {@code /livez} and {@code /metrics} on all addresses of the node. */
public final class HealthServer implements AutoCloseable {
  /** How all of the agent's servers name themselves, so that one agent knows another. */
  public static final String NAME = "portolan-agent";

  /** Prometheus' text format. */
  static final String METRICS = "text/plain; version=0.0.4";

  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  private HealthServer(HttpServer server) {
    this.server = server;
  }

  /**
   * Starts to answer.
   *
   * @param port 0 for any free one
   * @throws UncheckedIOException when the port is taken
   */
  public static HealthServer start(
      int port, Supplier<Verdict> healthz, Supplier<Verdict> livez, Supplier<String> metrics) {
    HealthServer started = bound(port, healthz, livez);
    started.server.createContext(
        "/metrics", exchange -> answer(exchange, 200, METRICS, metrics.get()));
    started.server.start();
    return started;
  }

  /**
   * Answers the probes alone, as kube-proxy does on its port of health.
   *
   * @throws UncheckedIOException when the port is taken
   */
  static HealthServer standIn(int port, Supplier<Verdict> healthz, Supplier<Verdict> livez) {
    HealthServer started = bound(port, healthz, livez);
    started.server.start();
    return started;
  }

  private static HealthServer bound(int port, Supplier<Verdict> healthz, Supplier<Verdict> livez) {
    try {
      var bound = new HealthServer(HttpServer.create(new InetSocketAddress(port), 0));
      bound.serve("/healthz", healthz);
      bound.serve("/livez", livez);
      bound.server.setExecutor(bound.executor);
      return bound;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on port " + port + ": " + e.getMessage(), e);
    }
  }

  /** The port in use. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }

  private void serve(String path, Supplier<Verdict> verdict) {
    server.createContext(
        path,
        exchange -> {
          Verdict now = verdict.get();
          answer(exchange, now.status(), "application/json", now.json(Instant.now()));
        });
  }

  static void answer(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    try (exchange) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.getResponseHeaders().set("Server", NAME);
      exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
      if (!head) {
        exchange.getResponseBody().write(bytes);
      }
    }
  }
}
