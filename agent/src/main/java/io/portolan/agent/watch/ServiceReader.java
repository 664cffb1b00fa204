package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns a Service of the API into our record. What makes no sense is left out with a reason: one
 * bad object must not take the others down.
 */
final class ServiceReader {
  /** Annotations that are read. */
  static final Set<String> ANNOTATIONS = Set.of(AffinityReader.TIMEOUT);

  private final List<String> complaints = new ArrayList<>();

  private ServiceReader() {}

  static Reading<Service> read(io.fabric8.kubernetes.api.model.Service object) {
    var reader = new ServiceReader();
    return new Reading<>(reader.service(object), reader.complaints);
  }

  private @Nullable Service service(io.fabric8.kubernetes.api.model.Service object) {
    var spec = object.getSpec();
    if (spec == null || "ExternalName".equals(spec.getType())) {
      return null;
    }
    List<Ip> ips = clusterIps(spec);
    if (ips.isEmpty()) {
      return null;
    }
    var ports = new ArrayList<ServicePort>();
    var seen = new HashSet<String>();
    for (var p : spec.getPorts()) {
      ServicePort port = port(p);
      if (port != null && seen.add(port.name() + "/" + port.protocol())) {
        ports.add(port);
      }
    }
    var meta = object.getMetadata();
    return new Service(
        new ServiceName(meta.getNamespace().intern(), meta.getName().intern()),
        ips,
        List.copyOf(ports),
        policy(spec.getInternalTrafficPolicy()),
        external(object),
        new AffinityReader(complaints).read(object));
  }

  private External external(io.fabric8.kubernetes.api.model.Service object) {
    var spec = object.getSpec();
    var external =
        new External(
            policy(spec.getExternalTrafficPolicy()),
            parsed("external IP", spec.getExternalIPs(), Ip::parse),
            parsed("load balancer IP", loadBalancerIps(object), Ip::parse),
            parsed("source range", spec.getLoadBalancerSourceRanges(), Cidr::parse),
            healthCheckPort(spec));
    return external.equals(External.NONE) ? External.NONE : external;
  }

  /**
   * Addresses that packets carry when they reach a node; with {@code ipMode: Proxy} they do not.
   */
  private static List<String> loadBalancerIps(io.fabric8.kubernetes.api.model.Service object) {
    var status = object.getStatus();
    if (status == null || status.getLoadBalancer() == null) {
      return List.of();
    }
    return status.getLoadBalancer().getIngress().stream()
        .filter(i -> i.getIpMode() == null || i.getIpMode().equals("VIP"))
        .map(LoadBalancerIngress::getIp)
        .filter(ip -> ip != null && !ip.isEmpty())
        .toList();
  }

  private int healthCheckPort(io.fabric8.kubernetes.api.model.ServiceSpec spec) {
    Integer port = spec.getHealthCheckNodePort();
    if (port == null
        || port == 0
        || !"LoadBalancer".equals(spec.getType())
        || policy(spec.getExternalTrafficPolicy()) != TrafficPolicy.LOCAL) {
      return 0;
    }
    if (!valid(port)) {
      complaints.add("health check node port " + port + " is not in 1-65535");
      return 0;
    }
    return port;
  }

  /** Blanks around a range pass the validation of the API server. */
  private <T> List<T> parsed(String what, @Nullable List<String> texts, Function<String, T> parse) {
    var values = new ArrayList<T>();
    for (String text : texts == null ? List.<String>of() : texts) {
      try {
        values.add(parse.apply(text.strip()));
      } catch (IllegalArgumentException e) {
        complaints.add(what + ": " + e.getMessage());
      }
    }
    return List.copyOf(values);
  }

  private static TrafficPolicy policy(@Nullable String name) {
    return "Local".equals(name) ? TrafficPolicy.LOCAL : TrafficPolicy.CLUSTER;
  }

  private List<Ip> clusterIps(io.fabric8.kubernetes.api.model.ServiceSpec spec) {
    List<String> texts =
        spec.getClusterIPs() != null && !spec.getClusterIPs().isEmpty()
            ? spec.getClusterIPs()
            : spec.getClusterIP() == null ? List.of() : List.of(spec.getClusterIP());
    var ips = new ArrayList<Ip>(texts.size());
    var families = EnumSet.noneOf(IpFamily.class);
    for (String text : texts) {
      if (text == null || text.isEmpty() || text.equals("None")) {
        continue;
      }
      try {
        Ip ip = Ip.parse(text);
        if (families.add(ip.family())) {
          ips.add(ip);
        } else {
          complaints.add("a second cluster IP of " + ip.family() + ": " + text);
        }
      } catch (IllegalArgumentException e) {
        complaints.add("cluster IP: " + e.getMessage());
      }
    }
    return List.copyOf(ips);
  }

  private @Nullable ServicePort port(io.fabric8.kubernetes.api.model.ServicePort port) {
    Protocol protocol = protocol(port.getProtocol());
    if (protocol == null) {
      complaints.add("unknown protocol " + port.getProtocol());
      return null;
    }
    Integer number = port.getPort();
    if (number == null || !valid(number)) {
      complaints.add("port " + number + " is not in 1-65535");
      return null;
    }
    int nodePort = port.getNodePort() == null ? 0 : port.getNodePort();
    if (nodePort != 0 && !valid(nodePort)) {
      complaints.add("node port " + nodePort + " is not in 1-65535");
      nodePort = 0;
    }
    return new ServicePort(name(port.getName()), protocol, number, nodePort);
  }

  /** The protocol of a name, TCP without one; null when unknown. */
  static @Nullable Protocol protocol(@Nullable String name) {
    return switch (name) {
      case null -> Protocol.TCP;
      case "TCP" -> Protocol.TCP;
      case "UDP" -> Protocol.UDP;
      case "SCTP" -> Protocol.SCTP;
      default -> null;
    };
  }

  static boolean valid(int port) {
    return port >= 1 && port <= 65535;
  }

  /** Names repeat in thousands of objects, so that one copy is kept. */
  static String name(@Nullable String name) {
    return name == null ? "" : name.intern();
  }
}
