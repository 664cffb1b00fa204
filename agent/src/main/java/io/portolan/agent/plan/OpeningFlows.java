package io.portolan.agent.plan;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.util.HashSet;
import java.util.Set;

/**
 * Which TCP connections are being made by rules of masquerading that no longer hold.
 *
 * <p>The kernel treats a connection as it did its first packet. One whose answers got lost, since
 * they went past the node, stays lost while its client asks again, and so does the next connection
 * that happens to have the same source port ({@code nf_conntrack_tcp_timeout_syn_sent}, 2 minutes).
 * Once the kernel has forgotten it, the client's next SYN is treated anew. A connection that was
 * answered is never touched.
 */
public final class OpeningFlows {
  private final Set<Ip> nodeAddresses;
  private final Set<Place> addresses = new HashSet<>();
  private final Set<NodePort> nodePorts = new HashSet<>();

  private record Place(Ip ip, int port) {}

  private record NodePort(IpFamily family, int port) {}

  /**
   * @param plan whole
   */
  public OpeningFlows(Plan plan) {
    nodeAddresses = new HashSet<>(plan.node().nodePortAddresses());
    plan.ports().values().stream()
        .filter(port -> port.key().protocol() == Protocol.TCP)
        .forEach(this::add);
  }

  private void add(PortPlan port) {
    for (Frontend frontend : port.frontends()) {
      switch (frontend) {
        case Frontend.Address address -> addresses.add(new Place(address.ip(), address.port()));
        case Frontend.NodePort nodePort ->
            nodePorts.add(new NodePort(port.key().family(), nodePort.port()));
      }
    }
  }

  /** Whether a connection was sent to a Service; only unanswered ones may be asked for. */
  public boolean contains(Flow flow) {
    return flow.protocol() == Protocol.TCP
        && (addresses.contains(new Place(flow.to(), flow.toPort()))
            || (nodeAddresses.contains(flow.to())
                && nodePorts.contains(new NodePort(flow.to().family(), flow.toPort()))));
  }
}
