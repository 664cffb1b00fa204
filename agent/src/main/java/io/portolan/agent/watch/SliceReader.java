package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointHints;
import io.fabric8.kubernetes.api.model.discovery.v1.ForNode;
import io.fabric8.kubernetes.api.model.discovery.v1.ForZone;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.SliceEndpoint;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.service.SlicePort;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns an EndpointSlice of the API into our record; see {@link ServiceReader}. */
final class SliceReader {
  private static final String SERVICE_LABEL = "kubernetes.io/service-name";
  private static final String TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time";

  /** Labels that are read. */
  static final Set<String> LABELS = Set.of(SERVICE_LABEL);

  /** Annotations that are read. */
  static final Set<String> ANNOTATIONS = Set.of(TRIGGER);

  private final List<String> complaints = new ArrayList<>();

  private SliceReader() {}

  static Reading<EndpointSlice> read(
      io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice object) {
    var reader = new SliceReader();
    return new Reading<>(reader.slice(object), reader.complaints);
  }

  /** When that came about which last changed the slice, null when it does not say. */
  static @Nullable Instant trigger(
      io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    String text = annotations == null ? null : annotations.get(TRIGGER);
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private @Nullable EndpointSlice slice(
      io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice object) {
    var meta = object.getMetadata();
    String service = meta.getLabels() == null ? null : meta.getLabels().get(SERVICE_LABEL);
    IpFamily family = family(object.getAddressType());
    if (service == null || service.isEmpty() || family == null) {
      // Slices of no Service and of names (FQDN) are legal, and not for proxies.
      return null;
    }
    var ports = new ArrayList<SlicePort>();
    for (var p : orNone(object.getPorts())) {
      Protocol protocol = ServiceReader.protocol(p.getProtocol());
      Integer number = p.getPort();
      if (protocol == null || number == null || !ServiceReader.valid(number)) {
        complaints.add("port " + number + " of protocol " + p.getProtocol());
      } else {
        // A port without a name is the unnamed one: the API server writes it so.
        ports.add(new SlicePort(ServiceReader.name(p.getName()), protocol, number));
      }
    }
    var endpoints = new ArrayList<SliceEndpoint>();
    for (var e : orNone(object.getEndpoints())) {
      SliceEndpoint endpoint = endpoint(e, family);
      if (endpoint != null) {
        endpoints.add(endpoint);
      }
    }
    String namespace = meta.getNamespace().intern();
    return new EndpointSlice(
        new SliceName(namespace, meta.getName()),
        new ServiceName(namespace, service.intern()),
        family,
        List.copyOf(ports),
        List.copyOf(endpoints));
  }

  /** A Service without ready Pods has a slice with {@code ports: null}. */
  private static <T> List<T> orNone(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private @Nullable SliceEndpoint endpoint(
      io.fabric8.kubernetes.api.model.discovery.v1.Endpoint endpoint, IpFamily family) {
    List<String> addresses = endpoint.getAddresses();
    if (addresses == null || addresses.isEmpty()) {
      complaints.add("an endpoint without an address");
      return null;
    }
    Ip ip;
    try {
      // All addresses of an endpoint are one and the same; only the first is to be used (KEP-752).
      ip = Ip.parse(addresses.getFirst());
    } catch (IllegalArgumentException e) {
      complaints.add("endpoint: " + e.getMessage());
      return null;
    }
    if (ip.family() != family) {
      complaints.add("endpoint " + ip + " in a slice of " + family);
      return null;
    }
    EndpointConditions conditions = endpoint.getConditions();
    EndpointHints hints = endpoint.getHints();
    return new SliceEndpoint(
        ip,
        conditions == null || !Boolean.FALSE.equals(conditions.getReady()),
        // As kube-proxy: what a slice does not say of it does not depend on ready.
        conditions == null || !Boolean.FALSE.equals(conditions.getServing()),
        conditions != null && Boolean.TRUE.equals(conditions.getTerminating()),
        ServiceReader.name(endpoint.getNodeName()),
        hints == null ? List.of() : names(hints.getForZones(), ForZone::getName),
        hints == null ? List.of() : names(hints.getForNodes(), ForNode::getName));
  }

  private static <T> List<String> names(@Nullable List<T> hints, Function<T, String> name) {
    return orNone(hints).stream().map(name).map(ServiceReader::name).toList();
  }

  private @Nullable IpFamily family(@Nullable String addressType) {
    return switch (addressType) {
      case "IPv4" -> IpFamily.IPV4;
      case "IPv6" -> IpFamily.IPV6;
      case null, default -> null;
    };
  }
}
