package io.portolan.agent.plan;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;

/**
 * Where a connection may go.
 *
 * @param port 1 to 65535
 * @param local whether the endpoint runs on this node
 */
public record Endpoint(Ip ip, int port, boolean local) implements Comparable<Endpoint> {
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
