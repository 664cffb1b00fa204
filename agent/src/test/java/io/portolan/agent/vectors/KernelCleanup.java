package io.portolan.agent.vectors;

import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.kernel.TrackedFlows;
import io.portolan.agent.plan.Flow;
import io.portolan.agent.plan.StaleFlows;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.sync.ConntrackCleaner;
import java.util.HashSet;
import java.util.Locale;

/** Makes entries of connection tracking, brings up the state, and looks at what is left. */
final class KernelCleanup {
  private static final int FIRST_CLIENT_PORT = 40_000;

  private final Mode mode;

  KernelCleanup(Mode mode) {
    this.mode = mode;
  }

  void run(VectorCase.Cleanup kind, Outcome outcome) {
    var model = new Model(mode, kind.config());
    kind.state().forEach(model::apply);
    model.take();
    try (var node = NetworkNamespace.create("node")) {
      var table = new TrackedFlows(node);
      String[] lines = new String[kind.before().size()];
      for (int i = 0; i < lines.length; i++) {
        lines[i] = line(kind.before().get(i), FIRST_CLIENT_PORT + i);
      }
      if (lines.length > 0) {
        table.add(lines);
      }
      if (table.list().size() != lines.length) {
        throw new AssertionError("the kernel has not taken all entries: " + table.list());
      }
      node.call(
          () -> {
            try (Dataplane dataplane = mode.opener().get();
                var cleaner = ConntrackCleaner.open()) {
              dataplane.replace(model.plan(), Doors.OPEN);
              var stale = new StaleFlows(model.plan());
              for (IpFamily family : IpFamily.values()) {
                cleaner.clean(family, stale);
              }
            }
            return true;
          });
      var left = new HashSet<>(table.list());
      for (Flow flow : kind.before()) {
        outcome.check(
            flow.toString(),
            kind.deleted().contains(flow) ? "deleted" : "left",
            left.contains(brief(flow)) ? "left" : "deleted");
      }
    }
  }

  private static String line(Flow flow, int clientPort) {
    String to = flow.to().toString();
    String from = flow.from().toString();
    return switch (flow.protocol()) {
      case TCP -> TrackedFlows.tcp(to, flow.toPort(), from, flow.fromPort(), clientPort);
      case UDP -> TrackedFlows.udp(to, flow.toPort(), from, flow.fromPort(), clientPort);
      case SCTP -> TrackedFlows.sctp(to, flow.toPort(), from, flow.fromPort(), clientPort);
    };
  }

  private static String brief(Flow flow) {
    return TrackedFlows.brief(
        flow.protocol().name().toLowerCase(Locale.ROOT),
        flow.to().toString(),
        flow.toPort(),
        flow.from().toString(),
        flow.fromPort());
  }
}
