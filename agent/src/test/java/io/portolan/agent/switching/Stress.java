package io.portolan.agent.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.switching.Tally.Fault;
import io.portolan.agent.switching.Tally.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Clients that never stop, in one namespace: short TCP connections and new UDP flows without a
 * pause to speak of, TCP connections and UDP flows with a request every 20 ms, some for ever and
 * some for a few seconds, and clients whose Service has affinity. Each answer is counted, and what
 * is wrong with it.
 */
final class Stress implements AutoCloseable {
  /** A loaded machine must not be taken for a lost packet; TCP sends again after a second. */
  private static final int PATIENCE_MILLIS = 15_000;

  private static final int ROLLING = 20;
  private static final int MOST_CLIENTS = 60_000;

  /** Addresses of clients, both families. */
  static final List<String> CLIENTS = List.of("172.20.0.0/16", "fd60::/64");

  /** A place to ask. */
  private record Target(Protocol protocol, String address, int port, int service) {
    InetSocketAddress socket() {
      return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    boolean v6() {
      return address.indexOf(':') >= 0;
    }

    Set<String> pods() {
      return Cluster.pods(service);
    }
  }

  /** A connection or flow that stays with its endpoint. */
  private record Line(Target target, AutoCloseable socket, String pod) {}

  private final Tally tally = new Tally();
  private final NetworkNamespace from;
  private final boolean many;
  private final List<Target> targets = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean over;

  /**
   * Starts.
   *
   * @param many whether the namespace has all addresses of {@link #CLIENTS}, so that there are
   *     clients that nobody has seen before
   */
  Stress(NetworkNamespace from, boolean many) {
    this.from = from;
    this.many = many;
    for (int service = 0; service < Cluster.USED; service++) {
      for (boolean v6 : List.of(false, true)) {
        for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
          targets.add(
              new Target(
                  protocol,
                  Cluster.clusterIp(service, v6),
                  Cluster.port(service, protocol, false),
                  service));
          if (Cluster.outside(service)) {
            targets.add(
                new Target(
                    protocol, Cluster.nodeIp(v6), Cluster.port(service, protocol, true), service));
          }
        }
      }
    }
    start(this::shortOnes);
    start(this::longTcp);
    start(this::flows);
    start(this::affine);
    if (many) {
      start(this::newcomers);
    }
  }

  Tally tally() {
    return tally;
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private void start(Work work) {
    threads.add(
        from.start(
            () -> {
              try {
                work.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (RuntimeException | Error e) {
                tally.fault(Kind.SHORT_TCP, Fault.FAILED, "the client itself: " + e);
              }
            }));
  }

  private void shortOnes() throws InterruptedException {
    while (!over) {
      for (Target target : targets) {
        if (over) {
          return;
        }
        Kind kind = target.protocol() == Protocol.TCP ? Kind.SHORT_TCP : Kind.NEW_UDP;
        once(kind, target, null);
        Thread.sleep(3);
      }
    }
  }

  /** A new connection or flow with one request; the name of the Pod, null after a fault. */
  private @Nullable String once(Kind kind, Target target, @Nullable String source) {
    tally.asked(kind);
    try {
      String pod = target.protocol() == Protocol.TCP ? tcp(target, source) : udp(target, source);
      if (!target.pods().contains(pod)) {
        tally.fault(kind, Fault.MISDIRECTED, target + " was answered by " + pod);
      }
      return pod;
    } catch (IOException e) {
      fault(kind, target, e);
      return null;
    }
  }

  private void fault(Kind kind, Target target, IOException e) {
    boolean reset =
        e instanceof EOFException
            || (e instanceof SocketException && String.valueOf(e.getMessage()).contains("reset"));
    tally.fault(kind, reset ? Fault.RESET : Fault.FAILED, target + ": " + e);
  }

  private static String tcp(Target target, @Nullable String source) throws IOException {
    try (var socket = connect(target, source)) {
      return ask(socket);
    }
  }

  private static Socket connect(Target target, @Nullable String source) throws IOException {
    var socket = new Socket();
    try {
      if (source != null) {
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
      }
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(target.socket(), PATIENCE_MILLIS);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static String ask(Socket socket) throws IOException {
    socket.getOutputStream().write('?');
    byte[] name = socket.getInputStream().readNBytes(Echo.NAME);
    if (name.length < Echo.NAME) {
      throw new EOFException("closed by the other side");
    }
    return new String(name, StandardCharsets.US_ASCII);
  }

  private static String udp(Target target, @Nullable String source) throws IOException {
    try (var socket = open(target, source)) {
      return ask(socket);
    }
  }

  private static DatagramSocket open(Target target, @Nullable String source) throws IOException {
    var socket =
        source == null
            ? new DatagramSocket()
            : new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(target.socket());
    return socket;
  }

  private static String ask(DatagramSocket socket) throws IOException {
    socket.send(new DatagramPacket(new byte[] {'?'}, 1));
    var answer = new DatagramPacket(new byte[16], 16);
    socket.receive(answer);
    return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
  }

  /** Some for ever, and twenty that are replaced one after the other within two seconds. */
  private void longTcp() throws InterruptedException {
    List<Target> places = targets.stream().filter(t -> t.protocol() == Protocol.TCP).toList();
    var forEver = new ArrayList<Line>();
    for (int i = 0; i < places.size(); i += 3) {
      openLine(places.get(i), forEver);
    }
    var rolling = new ArrayDeque<Line>();
    for (int turn = 0; !over; turn++) {
      forEver.removeIf(line -> !askAgain(Kind.LONG_TCP, line));
      if (turn % 5 == 0) {
        rolling.removeIf(line -> !askAgain(Kind.LONG_TCP, line));
        openLine(places.get(turn / 5 % places.size()), rolling);
        if (rolling.size() > ROLLING) {
          close(rolling.removeFirst());
        }
      }
      Thread.sleep(20);
    }
    forEver.forEach(Stress::close);
    rolling.forEach(Stress::close);
  }

  private void openLine(Target target, Collection<Line> into) {
    Kind kind = target.protocol() == Protocol.TCP ? Kind.LONG_TCP : Kind.UDP_FLOW;
    tally.asked(kind);
    try {
      if (target.protocol() == Protocol.TCP) {
        Socket socket = connect(target, null);
        into.add(new Line(target, socket, ask(socket)));
      } else {
        DatagramSocket socket = open(target, null);
        into.add(new Line(target, socket, ask(socket)));
      }
    } catch (IOException e) {
      fault(kind, target, e);
    }
  }

  /** One more request; whether it may be asked again. */
  private boolean askAgain(Kind kind, Line line) {
    tally.asked(kind);
    try {
      String pod =
          line.socket() instanceof Socket tcp ? ask(tcp) : ask((DatagramSocket) line.socket());
      if (!pod.equals(line.pod())) {
        tally.fault(kind, Fault.MISDIRECTED, line + " was answered by " + pod);
      }
      return true;
    } catch (IOException e) {
      fault(kind, line.target(), e);
      close(line);
      return false;
    }
  }

  private static void close(Line line) {
    try {
      line.socket().close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** A flow whose endpoint goes has to move, so the Service with churn is left out. */
  private void flows() throws InterruptedException {
    var all = new ArrayList<Line>();
    List<Target> places =
        targets.stream()
            .filter(t -> t.protocol() == Protocol.UDP && t.service() != Cluster.CHURNED)
            .toList();
    for (int i = 0; i < places.size(); i += 3) {
      openLine(places.get(i), all);
    }
    while (!over) {
      all.removeIf(line -> !askAgain(Kind.UDP_FLOW, line));
      Thread.sleep(20);
    }
    all.forEach(Stress::close);
  }

  /** The address of this namespace, and eight more. */
  private void affine() throws InterruptedException {
    List<Target> places = targets.stream().filter(t -> Cluster.sticky(t.service())).toList();
    var known = new HashMap<String, String>();
    for (int turn = 0; !over; turn = (turn + 1) % (many ? 9 : 1)) {
      for (Target target : places) {
        String source = turn == 0 ? null : source(target, turn);
        keeps(Kind.AFFINITY, target, source, known);
        Thread.sleep(4);
        if (over) {
          return;
        }
      }
    }
  }

  private static String source(Target target, int number) {
    return target.v6()
        ? "fd60::" + Integer.toHexString(number + 1)
        : "172.20." + number / 250 + "." + (1 + number % 250);
  }

  /** Affinity is one for all ways to a port of a Service. */
  private void keeps(Kind kind, Target target, @Nullable String source, Map<String, String> known) {
    String pod = once(kind, target, source);
    if (pod != null) {
      String client =
          target.service()
              + " "
              + target.protocol()
              + " "
              + target.v6()
              + " "
              + source
              + (source == null ? " to " + own(target) : "");
      String before = known.putIfAbsent(client, pod);
      if (before != null && !before.equals(pod)) {
        tally.fault(
            kind, Fault.AFFINITY_LOST, source + " to " + target + ": " + before + ", then " + pod);
        known.put(client, pod);
      }
    }
  }

  /** With no address of its own a client has that which leads to the target. */
  private String own(Target target) {
    return many ? "any" : target.address();
  }

  /** Clients that nobody has seen before, each of which comes three times at once. */
  private void newcomers() throws InterruptedException {
    List<Target> places =
        targets.stream()
            .filter(t -> Cluster.sticky(t.service()) && t.protocol() == Protocol.TCP)
            .toList();
    var known = new HashMap<String, String>();
    var random = new SplittableRandom(1);
    for (int turn = 10; !over && turn < MOST_CLIENTS; turn++) {
      // Each comes three times in a row, and later now and then.
      for (int number = Math.max(10, turn - 2); number <= turn; number++) {
        keeps(Kind.NEWCOMER, places.get(number % places.size()), number, known);
      }
      int old = random.nextInt(10, turn + 1);
      keeps(Kind.NEWCOMER, places.get(old % places.size()), old, known);
      Thread.sleep(12);
    }
  }

  private void keeps(Kind kind, Target target, int number, Map<String, String> known) {
    keeps(kind, target, source(target, number), known);
  }

  /** Whether it has begun in earnest: all kinds were asked. */
  void awaitBeginning() {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (tally.tried(Kind.SHORT_TCP) < 50
        || tally.tried(Kind.LONG_TCP) < 100
        || tally.tried(Kind.UDP_FLOW) < 100
        || tally.tried(Kind.AFFINITY) < 50) {
      if (System.nanoTime() > end) {
        throw new AssertionError("the clients have not begun within 60 s: " + tally);
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }

  /** Nothing was wrong so far. */
  void flawless(String when) {
    assertThat(tally.faults())
        .as(
            "%s, faults from %s: %s%n%s",
            when, from.name(), tally, String.join("\n", tally.words()))
        .isZero();
  }

  @Override
  public void close() {
    over = true;
    for (Thread thread : threads) {
      try {
        if (!thread.join(Duration.ofMillis(2L * PATIENCE_MILLIS))) {
          thread.interrupt();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
