package io.portolan.agent.plan;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.util.List;

/**
 * The addresses of one family that a list of ranges stands for, read as {@code
 * KubeProxyConfiguration.nodePortAddresses}: a list without a range of the family stands for all of
 * that family.
 */
public final class NodePortAddresses {
  private static final Cidr LOOPBACK = Cidr.parse("127.0.0.0/8");
  private static final Ip LOOPBACK_START = Ip.parse("127.0.0.0");

  private final List<Cidr> ranges;
  private final boolean all;
  private final IpFamily family;

  /**
   * @param ranges both families
   */
  public NodePortAddresses(IpFamily family, List<Cidr> ranges) {
    this.family = family;
    this.ranges = ranges.stream().filter(r -> r.base().family() == family).toList();
    this.all = this.ranges.isEmpty() || this.ranges.stream().anyMatch(r -> r.prefix() == 0);
  }

  /** Whether every address of the family is meant. */
  public boolean all() {
    return all;
  }

  /** Whether the address is meant. */
  public boolean contains(Ip ip) {
    return ip.family() == family && (all || ranges.stream().anyMatch(r -> r.contains(ip)));
  }

  /** Whether some IPv4 loopback address is meant. */
  public boolean containsIpv4Loopback() {
    return family == IpFamily.IPV4
        && (all
            || ranges.stream()
                .anyMatch(r -> LOOPBACK.contains(r.base()) || r.contains(LOOPBACK_START)));
  }
}
