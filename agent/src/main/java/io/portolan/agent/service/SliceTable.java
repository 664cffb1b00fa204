package io.portolan.agent.service;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The EndpointSlices as last seen, grouped by the Service that they belong to. Not thread-safe. */
public final class SliceTable {
  private final Map<ServiceName, Map<SliceName, EndpointSlice>> byService = new HashMap<>();
  private final Map<SliceName, ServiceName> owners = new HashMap<>();

  /** Adds or replaces a slice; returns the Services whose endpoints that may change. */
  public Set<ServiceName> put(EndpointSlice slice) {
    ServiceName before = owners.get(slice.name());
    if (before != null && !before.equals(slice.service())) {
      remove(slice.name());
    } else {
      before = null;
    }
    owners.put(slice.name(), slice.service());
    EndpointSlice old =
        byService.computeIfAbsent(slice.service(), s -> new HashMap<>(2)).put(slice.name(), slice);
    if (before != null) {
      return Set.of(before, slice.service());
    }
    return slice.equals(old) ? Set.of() : Set.of(slice.service());
  }

  /** Forgets a slice; returns the Services whose endpoints that may change. */
  public Set<ServiceName> remove(SliceName name) {
    ServiceName owner = owners.remove(name);
    if (owner == null) {
      return Set.of();
    }
    Map<SliceName, EndpointSlice> slices = byService.get(owner);
    if (slices != null) {
      slices.remove(name);
      if (slices.isEmpty()) {
        byService.remove(owner);
      }
    }
    return Set.of(owner);
  }

  /**
   * The endpoints of one Service port. An address and port that several slices name (which happens
   * while an endpoint moves from one slice to another) appears once, as the liveliest of them.
   * Sorted by address and port.
   */
  public Collection<Backend> backends(
      ServiceName service, String portName, Protocol protocol, IpFamily family) {
    Map<SliceName, EndpointSlice> slices = byService.get(service);
    if (slices == null) {
      return List.of();
    }
    var merged = new TreeMap<Address, Backend>();
    for (EndpointSlice slice : slices.values()) {
      if (slice.family() != family) {
        continue;
      }
      for (SlicePort port : slice.ports()) {
        if (port.protocol() == protocol && port.name().equals(portName)) {
          for (SliceEndpoint endpoint : slice.endpoints()) {
            merged.merge(
                new Address(endpoint.ip(), port.port()),
                new Backend(endpoint, port.port()),
                SliceTable::livelier);
          }
        }
      }
    }
    return merged.values();
  }

  /**
   * Addresses of one family whose endpoint, in whatever slice and for whatever port, is as asked.
   */
  public Set<Ip> addresses(ServiceName service, IpFamily family, Predicate<SliceEndpoint> asked) {
    var found = new HashSet<Ip>();
    for (EndpointSlice slice : byService.getOrDefault(service, Map.of()).values()) {
      if (slice.family() == family) {
        slice.endpoints().stream().filter(asked).map(SliceEndpoint::ip).forEach(found::add);
      }
    }
    return found;
  }

  /** The order of slices must not decide, so endpoints that live alike are told by their text. */
  private static Backend livelier(Backend a, Backend b) {
    int byLife = Integer.compare(life(a.endpoint()), life(b.endpoint()));
    int better = byLife != 0 ? byLife : a.toString().compareTo(b.toString());
    return better >= 0 ? a : b;
  }

  /** An address that was reused belongs to the Pod that runs rather than to the one that ends. */
  private static int life(SliceEndpoint endpoint) {
    return (endpoint.terminating() ? 0 : 4)
        + (endpoint.ready() ? 2 : 0)
        + (endpoint.serving() ? 1 : 0);
  }

  private record Address(Ip ip, int port) implements Comparable<Address> {
    @Override
    public int compareTo(Address other) {
      int byIp = ip.compareTo(other.ip);
      return byIp != 0 ? byIp : Integer.compare(port, other.port);
    }
  }
}
