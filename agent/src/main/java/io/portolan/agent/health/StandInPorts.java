package io.portolan.agent.health;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers where others expect kube-proxy, while we serve in its place: load balancers ask {@code
 * /healthz} on port 10256 of every node, and tools of the node ask {@code /proxyMode} and {@code
 * /metrics} on port 10249 of the loopback. A port that another program has is tried again every two
 * seconds until it is free. Safe for use by several threads.
 */
public final class StandInPorts implements AutoCloseable {
  /** kube-proxy's, on all addresses. */
  public static final int HEALTHZ_PORT = 10256;

  private static final long AGAIN_MS = 2_000;
  private static final Logger LOG = LoggerFactory.getLogger(StandInPorts.class);

  private final List<Port> ports = new ArrayList<>();
  private @Nullable Thread tries;

  /** What takes a port; it throws {@link UncheckedIOException} when another program has it. */
  private interface Opener {
    AutoCloseable open();
  }

  private static final class Port {
    private final int number;
    private final Opener opener;
    private @Nullable AutoCloseable server;
    private boolean told;

    private Port(int number, Opener opener) {
      this.number = number;
      this.opener = opener;
    }
  }

  /**
   * Takes no port yet.
   *
   * @param httpPort the agent's own port; where that is one of kube-proxy's it answers there anyway
   * @param healthz what the agent's own {@code /healthz} says
   * @param livez what the agent's own {@code /livez} says
   * @param mode the mode that serves, in one word
   * @param metrics what the agent's own {@code /metrics} says
   */
  public StandInPorts(
      int httpPort,
      Supplier<Verdict> healthz,
      Supplier<Verdict> livez,
      Supplier<String> mode,
      Supplier<String> metrics) {
    this(httpPort, HEALTHZ_PORT, ProxyStatusServer.PORT, healthz, livez, mode, metrics);
  }

  StandInPorts(
      int httpPort,
      int healthzPort,
      int statusPort,
      Supplier<Verdict> healthz,
      Supplier<Verdict> livez,
      Supplier<String> mode,
      Supplier<String> metrics) {
    if (httpPort != healthzPort) {
      ports.add(new Port(healthzPort, () -> HealthServer.standIn(healthzPort, healthz, livez)));
    }
    if (httpPort != statusPort) {
      ports.add(new Port(statusPort, () -> ProxyStatusServer.start(statusPort, mode, metrics)));
    }
  }

  /**
   * Begins to answer, in the network namespace of this thread, or stops: then the ports are free
   * when this returns.
   */
  public synchronized void serve(boolean serve) {
    if (!serve) {
      if (tries != null) {
        tries.interrupt();
        tries = null;
      }
      ports.forEach(StandInPorts::release);
    } else if (tries == null && !take()) {
      tries = Thread.ofPlatform().daemon().name("stand-in-ports").start(this::tryAgain);
    }
  }

  /** Whether we answer on that port now. */
  public synchronized boolean holds(int port) {
    return ports.stream().anyMatch(each -> each.number == port && each.server != null);
  }

  @Override
  public void close() {
    serve(false);
  }

  private void tryAgain() {
    try {
      do {
        Thread.sleep(AGAIN_MS);
      } while (!takeUnlessStopped());
    } catch (InterruptedException e) {
      // Stopped.
    }
  }

  private synchronized boolean takeUnlessStopped() {
    if (!Objects.equals(tries, Thread.currentThread())) {
      return true;
    }
    if (take()) {
      tries = null;
      return true;
    }
    return false;
  }

  /** Whether we have all of them now. */
  private boolean take() {
    boolean all = true;
    for (Port port : ports) {
      if (port.server == null) {
        try {
          port.server = port.opener.open();
          LOG.info("answers on port {} in place of kube-proxy", port.number);
        } catch (UncheckedIOException e) {
          all = false;
          if (!port.told) {
            port.told = true;
            LOG.info("waits until port {} is free: {}", port.number, e.getMessage());
          }
        }
      }
    }
    return all;
  }

  private static void release(Port port) {
    port.told = false;
    AutoCloseable server = port.server;
    port.server = null;
    if (server != null) {
      try {
        server.close();
      } catch (Exception e) {
        throw new IllegalStateException("cannot give up port " + port.number, e);
      }
    }
  }
}
