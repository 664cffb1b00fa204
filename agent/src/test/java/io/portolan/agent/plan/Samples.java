package io.portolan.agent.plan;

import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.SliceEndpoint;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.service.SlicePort;
import io.portolan.agent.service.TrafficPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values that tests are made of. */
public final class Samples {
  private Samples() {}

  /** A Service with one TCP port named http. */
  public static Service service(String name, String ip, int port, int nodePort) {
    return new Service(
        new ServiceName("ns", name),
        List.of(Ip.parse(ip)),
        List.of(new ServicePort("http", Protocol.TCP, port, nodePort)),
        TrafficPolicy.CLUSTER,
        External.NONE,
        Affinity.NONE);
  }

  /** A slice for the port http. */
  public static EndpointSlice slice(
      String name, String service, int port, SliceEndpoint... endpoints) {
    return new EndpointSlice(
        new SliceName("ns", name),
        new ServiceName("ns", service),
        endpoints.length > 0 ? endpoints[0].ip().family() : IpFamily.IPV4,
        List.of(new SlicePort("http", Protocol.TCP, port)),
        List.of(endpoints));
  }

  public static SliceEndpoint ready(String ip, String node) {
    return new SliceEndpoint(Ip.parse(ip), true, true, false, node, List.of(), List.of());
  }

  public static SliceEndpoint draining(String ip) {
    return new SliceEndpoint(Ip.parse(ip), false, true, true, "a", List.of(), List.of());
  }

  public static SliceEndpoint dead(String ip) {
    return new SliceEndpoint(Ip.parse(ip), false, false, false, "a", List.of(), List.of());
  }

  public static PortKey key(String service) {
    return new PortKey("ns", service, "http", Protocol.TCP, IpFamily.IPV4);
  }

  /** The addresses of a port's endpoints; none when there is no port. */
  public static List<String> ips(@Nullable PortPlan plan) {
    return plan == null
        ? List.of()
        : plan.reachable().stream().map(endpoint -> endpoint.ip().toString()).toList();
  }

  /** A Service port without policies. */
  public static PortPlan port(
      PortKey key, List<Frontend> frontends, List<Endpoint> endpoints, int affinitySeconds) {
    return new PortPlan(
        key,
        frontends,
        TrafficPolicy.CLUSTER,
        TrafficPolicy.CLUSTER,
        new Pools(endpoints, List.of(), !endpoints.isEmpty()),
        List.of(),
        affinitySeconds,
        List.of(),
        0);
  }

  /** A node that knows no Service ranges. */
  public static NodeFacts facts(
      List<Ip> nodePortAddresses, List<Cidr> podRanges, boolean masqueradeAll) {
    return new NodeFacts(
        List.of(), nodePortAddresses, new PodSources.Ranges(podRanges), masqueradeAll, List.of());
  }
}
