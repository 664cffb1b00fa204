package io.portolan.agent.plan;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection may go.
 *
 * @param port 1 to 65535
 * @param local whether the endpoint runs on this node
 */
public record Endpoint(Ip ip, int port, boolean local) implements Comparable<Endpoint> {
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Endpoint that
            && ip.equals(that.ip)
            && port == that.port
            && local == that.local);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * ip.hashCode() + port) + Boolean.hashCode(local);
  }

  @Override
  public int compareTo(Endpoint other) {
    int byIp = ip.compareTo(other.ip);
    if (byIp != 0) {
      return byIp;
    }
    int byPort = Integer.compare(port, other.port);
    return byPort != 0 ? byPort : Boolean.compare(local, other.local);
  }

  /** {@code 10.0.0.1:80} or {@code [fd00::1]:80}. */
  @Override
  public String toString() {
    return (ip.family() == IpFamily.IPV6 ? "[" + ip + "]" : ip) + ":" + port;
  }
}
