package io.portolan.agent.plan;

import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Names one Service port of one IP family.
 *
 * @param port name of the port, empty when the Service gives it none
 */
public record PortKey(
    String namespace, String service, String port, Protocol protocol, IpFamily family)
    implements Comparable<PortKey> {
  private static final Comparator<PortKey> ORDER =
      Comparator.comparing(PortKey::namespace)
          .thenComparing(PortKey::service)
          .thenComparing(PortKey::port)
          .thenComparing(PortKey::protocol)
          .thenComparing(PortKey::family);

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof PortKey that
            && service.equals(that.service)
            && namespace.equals(that.namespace)
            && port.equals(that.port)
            && protocol == that.protocol
            && family == that.family);
  }

  @Override
  public int hashCode() {
    return 31
            * (31 * (31 * (31 * service.hashCode() + namespace.hashCode()) + port.hashCode())
                + protocol.hashCode())
        + family.hashCode();
  }

  @Override
  public int compareTo(PortKey other) {
    return ORDER.compare(this, other);
  }

  /**
   * {@code namespace/service:port}, the way kube-proxy writes it; people see it in the kernel's
   * tables.
   */
  @Override
  public String toString() {
    return namespace + "/" + service + (port.isEmpty() ? "" : ":" + port);
  }
}
