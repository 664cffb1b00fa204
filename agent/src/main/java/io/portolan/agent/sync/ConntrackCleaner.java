package io.portolan.agent.sync;

import io.portolan.agent.kernel.ConntrackTable;
import io.portolan.agent.kernel.FlowFilter;
import io.portolan.agent.kernel.TrackedFlow;
import io.portolan.agent.plan.Flow;
import io.portolan.agent.plan.OpeningFlows;
import io.portolan.agent.plan.StaleFlows;
import io.portolan.agent.plan.StaleFlows.Destination;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Ends stale flows in the kernel's connection tracking table.
 *
 * <p>The kernel walks its whole table for every question, and what it sends costs about ten times
 * as much for an entry as what it passes over. So few destinations are asked for one by one (those
 * with one port together, by the port alone), and many by one question for all UDP: see
 * docs/design/conntrack.md for the figures.
 */
public final class ConntrackCleaner implements FlowCleaner {
  /** With more questions than this one for all of UDP is cheaper. */
  private static final int MOST_QUESTIONS = 4;

  private final ConntrackTable table;

  private ConntrackCleaner(ConntrackTable table) {
    this.table = table;
  }

  /** Opens the table of the network namespace of this thread. */
  public static ConntrackCleaner open() {
    return new ConntrackCleaner(ConntrackTable.open());
  }

  @Override
  public int clean(IpFamily family, StaleFlows stale) {
    var found = new ArrayList<TrackedFlow>();
    for (FlowFilter filter : questions(family, stale.destinations(family))) {
      found.addAll(table.flows(filter, flow -> stale.stale(flow(Protocol.UDP, flow))));
    }
    return found.isEmpty() ? 0 : table.delete(Protocol.UDP, found);
  }

  @Override
  public int clean(IpFamily family, OpeningFlows opening) {
    List<TrackedFlow> found =
        table.flows(
            new FlowFilter(family, Protocol.TCP, null, 0),
            flow -> !flow.answered() && opening.contains(flow(Protocol.TCP, flow)));
    return found.isEmpty() ? 0 : table.delete(Protocol.TCP, found);
  }

  /** How many entries the kernel has sent so far. */
  long received() {
    return table.received();
  }

  private List<FlowFilter> questions(IpFamily family, List<Destination> destinations) {
    var byPort = new LinkedHashMap<Integer, Optional<Ip>>();
    for (Destination to : destinations) {
      byPort.merge(to.port(), Optional.ofNullable(to.ip()), (one, two) -> Optional.empty());
    }
    if (byPort.size() > MOST_QUESTIONS || (byPort.size() > 1 && !table.filters())) {
      return List.of(new FlowFilter(family, Protocol.UDP, null, 0));
    }
    var filters = new ArrayList<FlowFilter>();
    for (Map.Entry<Integer, Optional<Ip>> each : byPort.entrySet()) {
      filters.add(
          new FlowFilter(family, Protocol.UDP, each.getValue().orElse(null), each.getKey()));
    }
    return filters;
  }

  private static Flow flow(Protocol protocol, TrackedFlow tracked) {
    return new Flow(
        protocol,
        tracked.original().to(),
        tracked.original().toPort(),
        tracked.answers().from(),
        tracked.answers().fromPort());
  }

  @Override
  public void close() {
    table.close();
  }
}
