package io.portolan.agent.plan;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which tracked flows lead to an endpoint that does not serve any more. The kernel translates a
 * flow as it did its first packet, for as long as packets come: a UDP client that never stops, and
 * never hears that its peer is gone, would send there forever.
 *
 * <p>A flow is stale when it is UDP, was sent to a frontend of a Service port, and its answers come
 * from elsewhere than an endpoint that still {@linkplain PortPlan#serving() serves}: from one that
 * is gone, from the right one's former port, or from the frontend itself, since the flow began
 * before there was a Service and was never translated. Policies, topology and readiness play no
 * part: a flow that began may go on as long as its endpoint answers, as TCP does. While no endpoint
 * serves at all there is nothing better to send a flow to, and its entry is left.
 *
 * <p>TCP and SCTP end their connections themselves. Sources: kube-proxy's {@code
 * pkg/proxy/conntrack}, and the shared vectors where they differ from it.
 */
public final class StaleFlows {
  private final Set<Ip> nodeAddresses;
  private final Map<Place, Set<Place>> addresses = new HashMap<>();
  private final Map<NodePort, Set<Place>> nodePorts = new HashMap<>();

  /**
   * Where a flow was sent to, if it may be stale.
   *
   * @param ip null: any address of the node that takes NodePorts
   */
  public record Destination(@Nullable Ip ip, int port) {}

  private record Place(Ip ip, int port) {}

  private record NodePort(IpFamily family, int port) {}

  /**
   * @param plan whole, or only the ports in question
   */
  public StaleFlows(Plan plan) {
    nodeAddresses = new HashSet<>(plan.node().nodePortAddresses());
    plan.ports().values().stream()
        .filter(port -> port.key().protocol() == Protocol.UDP && !port.serving().isEmpty())
        .forEach(this::add);
  }

  private void add(PortPlan port) {
    var serving = new HashSet<Place>();
    port.serving().forEach(endpoint -> serving.add(new Place(endpoint.ip(), endpoint.port())));
    IpFamily family = port.key().family();
    for (Frontend frontend : port.frontends()) {
      switch (frontend) {
        case Frontend.Address address ->
            addresses.put(new Place(address.ip(), address.port()), serving);
        case Frontend.NodePort nodePort -> {
          if (nodeAddresses.stream().anyMatch(ip -> ip.family() == family)) {
            nodePorts.put(new NodePort(family, nodePort.port()), serving);
          }
        }
      }
    }
  }

  /** Whether the kernel shall forget a flow. */
  public boolean stale(Flow flow) {
    if (flow.protocol() != Protocol.UDP) {
      return false;
    }
    Set<Place> serving = addresses.get(new Place(flow.to(), flow.toPort()));
    if (serving == null && nodeAddresses.contains(flow.to())) {
      serving = nodePorts.get(new NodePort(flow.to().family(), flow.toPort()));
    }
    return serving != null && !serving.contains(new Place(flow.from(), flow.fromPort()));
  }

  /** Every destination of a family to which a flow may be stale, in no order. */
  public List<Destination> destinations(IpFamily family) {
    var destinations = new ArrayList<Destination>();
    addresses.keySet().stream()
        .filter(place -> place.ip().family() == family)
        .forEach(place -> destinations.add(new Destination(place.ip(), place.port())));
    nodePorts.keySet().stream()
        .filter(nodePort -> nodePort.family() == family)
        .forEach(nodePort -> destinations.add(new Destination(null, nodePort.port())));
    return destinations;
  }
}
