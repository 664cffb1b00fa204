package io.portolan.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** When the API server tells of changes of probes: a watch of our own, beside the contestant's. */
final class Events implements AutoCloseable {
  private static final Pattern CHANGE =
      Pattern.compile(Pattern.quote("\"" + Population.CHANGE_ANNOTATION + "\"") + ":\"(\\d+)\"");
  private static final String PATH =
      "/apis/discovery.k8s.io/v1/endpointslices?watch=1&allowWatchBookmarks=false&labelSelector="
          + Population.PROBE_LABEL.replace("/", "%2F")
          + "%3Dyes";

  private final Map<Long, Long> seen = new ConcurrentHashMap<>();
  private final Api api;
  private volatile InputStream stream;
  private volatile boolean closed;
  private volatile String lastEnd = "it has never ended";

  Events(Api api) {
    this.api = api;
    stream = api.watch(PATH);
    Thread.ofPlatform().daemon().name("events").start(this::follow);
  }

  /** The API server ends a watch that it cannot serve in time; the next one begins with all. */
  private void follow() {
    while (!closed) {
      read();
      while (!closed) {
        try {
          stream = api.watch(PATH);
          break;
        } catch (BenchException e) {
          lastEnd = e.getMessage() + ": " + e.getCause();
          ControlPlane.sleep(200);
        }
      }
    }
  }

  private void read() {
    try (var lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        long now = System.nanoTime();
        Matcher change = CHANGE.matcher(line);
        if (change.find()) {
          seen.putIfAbsent(Long.parseLong(change.group(1)), now);
        }
      }
      lastEnd = "the server has ended it";
    } catch (IOException e) {
      lastEnd = "it broke off: " + e;
    }
  }

  /** For messages: how the watch last ended. */
  String lastEnd() {
    return lastEnd;
  }

  /** When this change came by, {@link System#nanoTime}. */
  OptionalLong seen(long change) {
    Long at = seen.get(change);
    return at == null ? OptionalLong.empty() : OptionalLong.of(at);
  }

  @Override
  public void close() {
    closed = true;
    try {
      stream.close();
    } catch (IOException e) {
      // It has ended.
    }
  }
}
