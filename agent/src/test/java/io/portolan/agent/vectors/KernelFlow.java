package io.portolan.agent.vectors;

import io.portolan.agent.dataplane.iptables.Backend;
import io.portolan.agent.kernel.NetlinkBuffer;
import io.portolan.agent.kernel.NetlinkSocket;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.vectors.VectorCase.FlowExpectation;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Tries what a flow expects, with packets; says in words what it saw instead. */
final class KernelFlow implements AutoCloseable {
  /** How often a connection is opened for each endpoint that is expected. */
  private static final int CONNECTIONS = 20;

  private static final int ANSWER_MILLIS = 5_000;
  private static final int REFUSAL_MILLIS = 1_000;
  private static final int DROP_MILLIS = 3_000;
  private static final int SIGHT_MILLIS = 2_000;

  private static final int CONNTRACK_DELETE = 1 << 8 | 2; // NFNL_SUBSYS_CTNETLINK, CT_DELETE

  private final Lab lab;
  private final Servers servers;
  private final VectorCase.PacketFlow kind;
  private final NetlinkSocket conntrack;
  private final NetlinkBuffer flush = new NetlinkBuffer();

  KernelFlow(Lab lab, Servers servers, VectorCase.PacketFlow kind) {
    this.lab = lab;
    this.servers = servers;
    this.kind = kind;
    conntrack = lab.node().call(() -> NetlinkSocket.open(NetlinkSocket.NETFILTER));
  }

  /** Clears the node's connection tracking. */
  void forgetConnections() {
    flush.clear();
    flush.message(CONNTRACK_DELETE, NetlinkBuffer.ACK);
    flush.netfilterHeader(0, 0);
    conntrack.transact(flush);
  }

  /** What is not as expected; empty: nothing. */
  String problem(FlowExpectation flow, Model model) throws Exception {
    forgetConnections();
    NetworkNamespace home = lab.own(flow.from()) ? lab.node() : lab.peer(flow.from());
    if (home == null) {
      return "nobody here has the address " + flow.from();
    }
    var stray = new Servers.Place(flow.protocol(), flow.to(), flow.port());
    if (lab.own(flow.to()) && !servers.has(stray)) {
      // A packet for the node that no rule takes away must find someone there.
      servers.open(lab.node(), stray);
    }
    return switch (flow.verdict()) {
      case DNAT ->
          flow.stickySeconds() > 0
              ? new StickyFlow(this, lab, kind).problem(flow, model)
              : spread(flow, home);
      case REJECT -> rejected(attempt(home, flow, REFUSAL_MILLIS + 2_000));
      case DROP -> dropped(flow, home);
      case NONE -> {
        String problem = untouched(flow, home, stray);
        yield problem.isEmpty() ? accepted(flow, home, model.mode()) : problem;
      }
    };
  }

  Attempt.End attempt(NetworkNamespace home, FlowExpectation flow, int patienceMillis) {
    return home.call(connection(flow, flow.from(), patienceMillis)::make);
  }

  static Attempt connection(FlowExpectation flow, Ip from, int patienceMillis) {
    return new Attempt(from, flow.to(), flow.protocol(), flow.port(), patienceMillis);
  }

  /** Connections one after the other until one does not end as it should. */
  private String spread(FlowExpectation flow, NetworkNamespace home) {
    int wanted = CONNECTIONS * flow.endpoints().size();
    var attempt = connection(flow, flow.from(), ANSWER_MILLIS);
    List<Attempt.End> ends =
        home.call(
            () -> {
              var all = new ArrayList<Attempt.End>();
              for (int i = 0; i < wanted; i++) {
                Attempt.End end = attempt.make();
                all.add(end);
                if (!(end instanceof Attempt.Answered)) {
                  break;
                }
              }
              return all;
            });
    var reached = new TreeSet<String>();
    for (Attempt.End end : ends) {
      String wrong = wrongAnswer(flow, end);
      if (!wrong.isEmpty()) {
        return "connection " + (reached.size() + 1) + ": " + wrong;
      }
      reached.add(((Attempt.Answered) end).endpoint());
    }
    return reached.equals(flow.endpoints())
        ? ""
        : "only " + reached + " in " + wanted + " connections";
  }

  /** What is wrong with the end of a connection that should have been translated. */
  String wrongAnswer(FlowExpectation flow, Attempt.End end) {
    if (!(end instanceof Attempt.Answered answer)) {
      return words(end);
    }
    if (!flow.endpoints().contains(answer.endpoint())) {
      return words(flow, answer);
    }
    boolean back = FlowExpectation.address(answer.endpoint()).equals(flow.from());
    Boolean expected = flow.masquerade();
    if (expected == null || (flow.mayComeBack() && expected && !back)) {
      return "";
    }
    boolean masqueraded = expected || (back && flow.mayComeBack());
    boolean asExpected = masqueraded ? lab.own(answer.seen()) : answer.seen().equals(flow.from());
    return asExpected
        ? ""
        : "DNAT to "
            + answer.endpoint()
            + ", which sees "
            + answer.seen()
            + (answer.seen().equals(flow.from())
                ? " (source kept)"
                : lab.own(answer.seen()) ? " (masqueraded)" : "");
  }

  private static String rejected(Attempt.End end) {
    if (end instanceof Attempt.Refused refused) {
      return refused.millis() <= REFUSAL_MILLIS
          ? ""
          : "REJECT, but only after " + refused.millis() + " ms";
    }
    return words(end);
  }

  private String dropped(FlowExpectation flow, NetworkNamespace home) throws IOException {
    return watched(
        seen -> {
          Attempt.End end = attempt(home, flow, DROP_MILLIS);
          if (!(end instanceof Attempt.Silent)) {
            return words(end);
          }
          Sighting copy = seen.find(s -> copy(s, flow), 0);
          return copy == null ? "" : "no answer, but a packet left the node: " + copy;
        });
  }

  private static boolean copy(Sighting seen, FlowExpectation flow) {
    if (seen.protocol() != flow.protocol()) {
      return false;
    }
    return flow.protocol() != Protocol.UDP
        || seen.payload().equals(connection(flow, flow.from(), 0).payload());
  }

  private String untouched(FlowExpectation flow, NetworkNamespace home, Servers.Place listener)
      throws IOException {
    if (lab.own(flow.to())) {
      Attempt.End end = attempt(home, flow, ANSWER_MILLIS);
      return end instanceof Attempt.Answered(int port, String by, Ip seen)
              && by.equals(listener.name())
              && seen.equals(flow.from())
          ? ""
          : words(end);
    }
    return watched(
        seen -> {
          Attempt.End end = attempt(home, flow, 300);
          Sighting unchanged =
              seen.find(
                  s ->
                      s.protocol() == flow.protocol()
                          && s.from().equals(flow.from())
                          && s.to().equals(flow.to())
                          && s.toPort() == flow.port()
                          && s.fromPort() == end.localPort(),
                  SIGHT_MILLIS);
          return unchanged != null
              ? ""
              : words(end) + ", and the packet was not seen to leave the node unchanged";
        });
  }

  /** Whether the packet is let in where the host's own policy would drop it. */
  private String accepted(FlowExpectation flow, NetworkNamespace home, Mode mode) {
    Boolean expected = flow.explicitAccept();
    Backend backend = mode.backend();
    if (expected == null || backend == null) {
      return "";
    }
    String program =
        (flow.to().family() == IpFamily.IPV4 ? "iptables-" : "ip6tables-") + backend.word();
    lab.node().exec(program, "-P", "INPUT", "DROP");
    try {
      Attempt.End end = attempt(home, flow, expected ? ANSWER_MILLIS : SIGHT_MILLIS);
      return end instanceof Attempt.Answered == expected ? "" : "with policy DROP: " + words(end);
    } finally {
      lab.node().exec(program, "-P", "INPUT", "ACCEPT");
    }
  }

  /** What is seen to leave the node. */
  private record Watch(RawSocket socket) {
    private static final int LOOPBACK = 1; // It is the first device of every namespace.

    @Nullable Sighting find(Predicate<Sighting> wanted, int milliseconds)
        throws RawSocket.CallFailed {
      long end = System.nanoTime() + Duration.ofMillis(milliseconds).toNanos();
      while (true) {
        int left = (int) Math.max(0, (end - System.nanoTime()) / 1_000_000);
        var packet = socket.receive(left);
        if (packet == null) {
          return null;
        }
        if (packet.kind() == RawSocket.OUTGOING && packet.device() != LOOPBACK) {
          Sighting seen = Sighting.read(packet);
          if (seen != null && wanted.test(seen)) {
            return seen;
          }
        }
      }
    }
  }

  @FunctionalInterface
  private interface Watched {
    String run(Watch watch) throws IOException;
  }

  private String watched(Watched work) throws IOException {
    Callable<RawSocket> open = RawSocket::passing;
    try (RawSocket socket = lab.node().call(open)) {
      return work.run(new Watch(socket));
    }
  }

  private static String words(FlowExpectation flow, Attempt.Answered answer) {
    boolean itself =
        answer.endpoint().equals(new Endpoint(flow.to(), flow.port(), false).toString());
    return (itself ? "NONE: the node's own listener answered, " : "DNAT to ")
        + answer.endpoint()
        + ", which sees "
        + answer.seen();
  }

  /** A connection's end in the words of the vectors. */
  static String words(Attempt.End end) {
    return switch (end) {
      case Attempt.Answered a -> "DNAT or NONE: " + a.endpoint() + " answered, it saw " + a.seen();
      case Attempt.Refused r -> "REJECT after " + r.millis() + " ms";
      case Attempt.Failed f -> "error: " + f.error();
      case Attempt.Silent s -> "no answer and no error";
    };
  }

  @Override
  public void close() {
    conntrack.close();
    flush.close();
  }
}
