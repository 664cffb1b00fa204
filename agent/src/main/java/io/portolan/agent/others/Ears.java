package io.portolan.agent.others;

import io.portolan.agent.health.HealthServer;
import io.portolan.agent.others.Facts.Ear;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Who listens in the network namespace of the calling thread, on the ports that matter, and what
 * kube-proxy's ports say when asked.
 */
final class Ears {
  private static final int PATIENCE_MS = 500;
  private static final int LONGEST = 8 << 10;
  private static final Set<String> MODES =
      Set.of("iptables", "ipvs", "nftables", "userspace", "kernelspace");

  private Ears() {}

  /** All but our own, which are told by their port or by what they answer. */
  static List<Ear> find(IntPredicate ours) {
    var ears = new ArrayList<Ear>();
    for (String file : List.of("tcp", "tcp6")) {
      for (Listener listener : listeners(Path.of("/proc/thread-self/net", file))) {
        if (Judgement.PORTS.contains(listener.port()) && !ours.test(listener.port())) {
          Ear ear = ask(listener);
          if (ear != null) {
            ears.add(ear);
          }
        }
      }
    }
    return ears;
  }

  /** The kernel lists those that listen first: a node has few of them, and many others. */
  private static List<Listener> listeners(Path file) {
    var found = new ArrayList<Listener>();
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      lines.readLine(); // The names of the columns.
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Listener listener = Listener.read(line);
        if (listener == null) {
          break;
        }
        found.add(listener);
      }
    } catch (IOException e) {
      // No IPv6, or no TCP: nobody listens.
    }
    return found;
  }

  /** Null when it is one of ours. */
  private static @Nullable Ear ask(Listener listener) {
    String path =
        switch (listener.port()) {
          case Judgement.PROXY_MODE_PORT -> "/proxyMode";
          case Judgement.HEALTHZ_PORT -> "/healthz";
          default -> "";
        };
    String response = path.isEmpty() ? "" : get(listener, path);
    int blank = response.indexOf("\r\n\r\n");
    String head = blank < 0 ? "" : response.substring(0, blank).toLowerCase(Locale.ROOT);
    String body = blank < 0 ? "" : response.substring(blank + 4).strip();
    if (head.contains("\r\nserver: " + HealthServer.NAME)) {
      return null;
    }
    boolean known =
        path.equals("/proxyMode")
            ? MODES.contains(body)
            : body.startsWith("{") && body.contains("\"lastUpdated\"");
    String answer = !known ? "" : path.equals("/proxyMode") ? path + " with " + body : path;
    String host = listener.address().toString();
    return new Ear(
        listener.address().family() == IpFamily.IPV6 ? "[" + host + "]" : host,
        listener.port(),
        answer);
  }

  /** The response with its head; empty when there is none in time. Sockets are of this thread. */
  private static String get(Listener listener, String path) {
    long end = System.nanoTime() + 2L * PATIENCE_MS * 1_000_000;
    try (var socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getByAddress(reachable(listener)), listener.port()),
          PATIENCE_MS);
      socket.setSoTimeout(PATIENCE_MS);
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      var response = new byte[LONGEST];
      int length = 0;
      int more = 0;
      while (more >= 0 && length < LONGEST && System.nanoTime() < end) {
        length += more;
        more = socket.getInputStream().read(response, length, LONGEST - length);
      }
      return new String(response, 0, length, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  /** Who listens on every address is asked on the loopback's. */
  private static byte[] reachable(Listener listener) {
    byte[] address = listener.address().bytes();
    if (!Arrays.equals(address, new byte[address.length])) {
      return address;
    }
    return (listener.address().family() == IpFamily.IPV4 ? Ip.parse("127.0.0.1") : Ip.parse("::1"))
        .bytes();
  }
}
