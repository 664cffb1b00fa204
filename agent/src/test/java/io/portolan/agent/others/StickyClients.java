package io.portolan.agent.others;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.kernel.NetworkNamespace;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Clients of one Service, of both families, TCP and UDP, each with an address of its own. */
final class StickyClients {
  static final int TCP = 80;
  static final int UDP = 81;

  private final NetworkNamespace place;

  /** A client of a Service port. */
  private record Client(int number, boolean v6, int port) {
    String source() {
      return (v6 ? "fd50::1:" : "192.168.50.") + (10 + number);
    }
  }

  /**
   * Gives a namespace their addresses.
   *
   * @param many number of clients of each Service port and family
   */
  StickyClients(NetworkNamespace place, int many) {
    this.place = place;
    place.ip(
        clients(0, many)
            .filter(each -> each.port() == TCP)
            .map(
                each ->
                    "addr add " + each.source() + (each.v6() ? "/64 nodad" : "/24") + " dev eth0")
            .toList());
  }

  static String serviceIp(boolean v6) {
    return v6 ? "fd96::64" : "10.0.0.100";
  }

  private static Stream<Client> clients(int from, int to) {
    return IntStream.range(from, to)
        .boxed()
        .flatMap(
            n ->
                Stream.of(
                    new Client(n, false, TCP),
                    new Client(n, true, TCP),
                    new Client(n, false, UDP),
                    new Client(n, true, UDP)));
  }

  /** The Pods that answer each client of a range, or why none does. */
  Map<String, String> ask(int from, int to) {
    var answers = new TreeMap<String, String>();
    clients(from, to)
        .forEach(each -> answers.put(each.toString(), ask(each.source(), each.v6(), each.port())));
    return answers;
  }

  /** What answers the namespace's first addresses, which are none of the clients'. */
  List<String> others() {
    return Stream.of(TCP, UDP)
        .flatMap(port -> Stream.of(ask("192.168.50.2", false, port), ask("fd50::2", true, port)))
        .toList();
  }

  private String ask(String source, boolean v6, int port) {
    try {
      return place.call(() -> port == TCP ? tcp(source, v6) : udp(source, v6));
    } catch (AssertionError e) {
      return e.toString();
    }
  }

  private static String tcp(String source, boolean v6) throws Exception {
    try (var socket = new Socket()) {
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
      socket.setSoTimeout(3_000);
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral(serviceIp(v6)), TCP), 3_000);
      return pod(socket.getInputStream().readAllBytes());
    }
  }

  private static String udp(String source, boolean v6) throws Exception {
    try (var socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(source), 0))) {
      socket.setSoTimeout(3_000);
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral(serviceIp(v6)), UDP));
      socket.send(new DatagramPacket(new byte[] {1}, 1));
      var answer = new DatagramPacket(new byte[200], 200);
      socket.receive(answer);
      return pod(Arrays.copyOf(answer.getData(), answer.getLength()));
    }
  }

  /** The name alone: the address that the Pod sees depends on who masquerades. */
  private static String pod(byte[] answer) {
    return new String(answer, StandardCharsets.UTF_8).split(" ", 2)[0];
  }

  /** Lets the first clients ask again and again from now on. */
  Watch watch(int many) {
    return new Watch(many);
  }

  /** Clients that ask all the time, and are to get the same answers all the time. */
  final class Watch implements AutoCloseable {
    private final List<String> moved = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private final AtomicInteger rounds = new AtomicInteger();
    private volatile boolean over;

    private Watch(int many) {
      Map<String, String> first = ask(0, many);
      thread =
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    while (!over) {
                      ask(0, many)
                          .forEach(
                              (client, pod) -> {
                                if (!pod.equals(first.get(client))) {
                                  moved.add(client + ": " + first.get(client) + ", then " + pod);
                                }
                              });
                      rounds.incrementAndGet();
                      pause();
                    }
                  });
    }

    private static void pause() {
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** Nobody has moved so far. */
    void faithful(String when) {
      assertThat(rounds.get()).as("rounds %s", when).isPositive();
      assertThat(moved).as("%s, in %d rounds", when, rounds.get()).isEmpty();
    }

    @Override
    public void close() {
      over = true;
      try {
        if (!thread.join(Duration.ofSeconds(60))) {
          throw new AssertionError("the clients have not ended within 60 s");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
