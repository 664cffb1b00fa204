package io.portolan.agent.health;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.portolan.agent.plan.HealthCheck;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.sync.Backoff;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers load balancers that ask this node for endpoints of a Service ({@code
 * spec.healthCheckNodePort}), on exactly the addresses and ports that are wanted. Status, headers
 * and body are kube-proxy's.
 *
 * <p>A thread of its own opens and closes; where an address or port cannot be had it says so in the
 * log and tries again, at the next change and after a time that doubles up to a minute.
 */
public final class ServiceHealthServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServiceHealthServer.class);

  private final BooleanSupplier proxyHealthy;
  private final Backoff backoff;
  private final Semaphore changed = new Semaphore(0);
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Thread thread =
      Thread.ofPlatform().daemon().name("health-checks").unstarted(this::run);

  /** What the answers are made of. */
  private volatile Wanted wanted = Wanted.of(List.of(), List.of());

  // The thread's own.
  private final Map<Listener, HttpServer> open = new HashMap<>();
  private final Map<Listener, String> failed = new HashMap<>();
  private int failures;

  /**
   * Starts its thread; nothing is open yet. The sockets are of the network namespace of the thread
   * that makes it.
   *
   * @param proxyHealthy whether this node's proxy works; asked at each answer
   */
  public ServiceHealthServer(BooleanSupplier proxyHealthy) {
    this(proxyHealthy, new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1)));
  }

  ServiceHealthServer(BooleanSupplier proxyHealthy, Backoff backoff) {
    this.proxyHealthy = proxyHealthy;
    this.backoff = backoff;
    thread.start();
  }

  /**
   * Asks for exactly these, in place of those before. Returns at once; counts are in force then,
   * ports soon after.
   *
   * @param checks no port twice in one family
   * @param addresses where to listen, both families
   */
  public void serve(List<HealthCheck> checks, List<Ip> addresses) {
    Wanted before = wanted;
    if (checks.equals(before.checks()) && addresses.equals(before.addresses())) {
      return;
    }
    Wanted now = Wanted.of(checks, addresses);
    wanted = now;
    if (!now.listeners().equals(before.listeners())) {
      changed.release();
    }
  }

  /** Closes all ports; returns when they are. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      if (!thread.join(Duration.ofSeconds(5))) {
        log.warn("health check ports are still open after 5 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    executor.shutdownNow();
  }

  private void run() {
    try {
      changed.acquire();
      while (true) {
        changed.drainPermits();
        follow(wanted.listeners());
        if (failed.isEmpty()) {
          changed.acquire();
          failures = 0;
        } else if (changed.tryAcquire(
            backoff.after(++failures).toMillis(), TimeUnit.MILLISECONDS)) {
          failures = 0;
        }
      }
    } catch (InterruptedException e) {
      log.debug("health checks end");
    } finally {
      follow(Set.of());
    }
  }

  private void follow(Set<Listener> listeners) {
    failed.keySet().retainAll(listeners);
    for (Listener listener : List.copyOf(open.keySet())) {
      HttpServer server = open.get(listener);
      if (server != null && !listeners.contains(listener)) {
        // Not 0: what the server's thread accepts in that moment would stay open and unanswered.
        server.stop(1);
        open.remove(listener);
        log.debug("health checks: closed {}", listener);
      }
    }
    for (Listener listener : listeners) {
      if (!open.containsKey(listener)) {
        try {
          open.put(listener, listen(listener));
          log.info("health checks: {} open", listener);
          failed.remove(listener);
        } catch (IOException e) {
          String reason = String.valueOf(e.getMessage());
          if (!reason.equals(failed.put(listener, reason))) {
            log.warn("health checks: cannot listen on {}, trying again: {}", listener, reason);
          }
        }
      }
    }
  }

  private HttpServer listen(Listener listener) throws IOException {
    var address = InetAddress.getByAddress(listener.ip().bytes());
    HttpServer server = HttpServer.create(new InetSocketAddress(address, listener.port()), 0);
    Port port = new Port(listener.ip().family(), listener.port());
    server.createContext("/", exchange -> answer(exchange, wanted.byPort().get(port)));
    server.setExecutor(executor);
    server.start();
    return server;
  }

  private void answer(HttpExchange exchange, @Nullable HealthCheck check) throws IOException {
    try (exchange) {
      boolean proxy = proxyHealthy.getAsBoolean();
      int count = check == null ? 0 : check.localEndpoints();
      byte[] body = check == null ? new byte[0] : json(check, proxy);
      var headers = exchange.getResponseHeaders();
      headers.set("Content-Type", "application/json");
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("X-Load-Balancing-Endpoint-Weight", Integer.toString(count));
      boolean bare = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(count > 0 && proxy ? 200 : 503, bare ? -1 : body.length);
      if (!bare) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  /** The names of Services need no escapes. */
  private static byte[] json(HealthCheck check, boolean proxyHealthy) {
    return """
        {"service": {"namespace": "%s", "name": "%s"}, "localEndpoints": %d, \
        "serviceProxyHealthy": %s}
        """
        .formatted(
            check.service().namespace(),
            check.service().name(),
            check.localEndpoints(),
            proxyHealthy)
        .getBytes(StandardCharsets.UTF_8);
  }

  private record Port(IpFamily family, int port) {}

  private record Listener(Ip ip, int port) {
    @Override
    public String toString() {
      return ip.family() == IpFamily.IPV6 ? "[" + ip + "]:" + port : ip + ":" + port;
    }
  }

  private record Wanted(
      List<HealthCheck> checks,
      List<Ip> addresses,
      Map<Port, HealthCheck> byPort,
      Set<Listener> listeners) {

    static Wanted of(List<HealthCheck> checks, List<Ip> addresses) {
      var byPort = new HashMap<Port, HealthCheck>();
      var listeners = new HashSet<Listener>();
      for (HealthCheck check : checks) {
        byPort.put(new Port(check.family(), check.port()), check);
        addresses.stream()
            .filter(ip -> ip.family() == check.family())
            .forEach(ip -> listeners.add(new Listener(ip, check.port())));
      }
      return new Wanted(
          List.copyOf(checks), List.copyOf(addresses), Map.copyOf(byPort), Set.copyOf(listeners));
    }
  }
}
