package io.portolan.e2e.install;

import io.portolan.e2e.cluster.Waiting;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes HTTP requests from this machine, which is no node of the cluster, each over a connection of
 * its own. It starts one at each interval without waiting for the one before: an outage costs as
 * many requests as it lasts intervals.
 */
final class OutsideClient implements AutoCloseable {
  private static final Duration SETTLING = Duration.ofSeconds(45);
  private static final int LISTED = 1000;

  private final InetSocketAddress target;
  private final Duration interval;
  private final Duration timeout;
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicLong number = new AtomicLong();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final Map<Long, Instant> open = new ConcurrentHashMap<>();
  private final Thread starter;
  private volatile boolean ended;

  /**
   * Begins at once.
   *
   * @param timeout for the connection, and again for the answer
   */
  OutsideClient(String address, int port, Duration interval, Duration timeout) {
    this.target = new InetSocketAddress(address, port);
    this.interval = interval;
    this.timeout = timeout;
    this.starter = Thread.ofVirtual().start(this::run);
  }

  /** What became of the requests that have ended. */
  Requests seen() {
    int bad = failed.get();
    return new Requests(answered.get() + bad, bad, failures);
  }

  /** Waits until every request has ended that began before now. */
  void settle() {
    Instant now = Instant.now();
    Waiting.on("the end of the requests to " + target + " that began before " + now, SETTLING)
        .until(
            () ->
                open.values().stream().noneMatch(began -> began.isBefore(now))
                    ? Optional.empty()
                    : Optional.of(open.size() + " are open"));
  }

  @Override
  public void close() {
    ended = true;
    starter.interrupt();
    settle();
  }

  private void run() {
    while (!ended) {
      long key = number.incrementAndGet();
      Instant began = Instant.now();
      open.put(key, began);
      Thread.ofVirtual()
          .start(
              () -> {
                request(began);
                open.remove(key);
              });
      try {
        Thread.sleep(interval);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void request(Instant began) {
    try (var socket = new Socket()) {
      socket.connect(target, Math.toIntExact(timeout.toMillis()));
      socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: echo\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (answer.startsWith("HTTP/1.1 200 ")) {
        answered.incrementAndGet();
      } else {
        failed(began, "answered '" + answer.lines().findFirst().orElse("") + "'");
      }
    } catch (SocketTimeoutException e) {
      failed(began, "no answer in " + timeout.toMillis() + " ms");
    } catch (IOException e) {
      failed(began, Objects.requireNonNullElse(e.getMessage(), e.toString()));
    }
  }

  private void failed(Instant began, String words) {
    failed.incrementAndGet();
    if (failures.size() < LISTED) {
      failures.add(began + " " + words);
    }
  }
}
