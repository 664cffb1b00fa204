package io.portolan.agent.health;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Supplier;

/**
 * Answers {@code /proxyMode} and {@code /metrics} on the loopback address alone, as kube-proxy does
 * on its metrics port: tools of the node (and Kubernetes' own specs) ask there which mode the
 * node's proxy runs, and what it counts.
 */
public final class ProxyStatusServer implements AutoCloseable {
  /** kube-proxy's. */
  public static final int PORT = 10249;

  private final HttpServer server;

  private ProxyStatusServer(HttpServer server) {
    this.server = server;
  }

  /**
   * Starts to answer.
   *
   * @param port 0 for any free one
   * @throws UncheckedIOException when the port is taken
   */
  public static ProxyStatusServer start(int port, Supplier<String> mode, Supplier<String> metrics) {
    try {
      // 127.0.0.1 whatever the JVM prefers: that is where kube-proxy listens.
      var loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      HttpServer server = HttpServer.create(new InetSocketAddress(loopback, port), 0);
      server.createContext(
          "/proxyMode",
          exchange -> HealthServer.answer(exchange, 200, "text/plain; charset=utf-8", mode.get()));
      server.createContext(
          "/metrics",
          exchange -> HealthServer.answer(exchange, 200, HealthServer.METRICS, metrics.get()));
      server.start();
      return new ProxyStatusServer(server);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot listen on port " + port + " of the loopback: " + e.getMessage(), e);
    }
  }

  /** The port in use. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
