package io.portolan.agent.others;

import io.portolan.agent.service.IpFamily;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What was seen on a node, not judged yet.
 *
 * @param tables nft tables called like kube-proxy's
 * @param chains of iptables, of both backends and families
 * @param sets names of ipsets
 * @param links names of network interfaces
 * @param virtualServers of IPVS, how many
 * @param ports who listens where, as far as it is not we
 * @param processes in the same network namespace, by the name of their program; any of their ids
 */
record Facts(
    List<NftTable> tables,
    List<Chain> chains,
    Set<String> sets,
    Set<String> links,
    int virtualServers,
    List<Ear> ports,
    Map<String, Long> processes) {

  /**
   * An nft table.
   *
   * @param hooked whether packets come to it
   */
  record NftTable(IpFamily family, String name, boolean hooked) {
    @Override
    public String toString() {
      return "table " + (family == IpFamily.IPV4 ? "ip " : "ip6 ") + name;
    }
  }

  /**
   * A chain of iptables.
   *
   * @param backend such as {@code iptables-nft}
   * @param entered whether one of the kernel's own chains jumps to it
   */
  record Chain(String backend, IpFamily family, String table, String name, boolean entered) {
    @Override
    public String toString() {
      return "chain %s in %s (%s, %s)"
          .formatted(name, backend, table, family == IpFamily.IPV4 ? "IPv4" : "IPv6");
    }
  }

  /**
   * A socket that listens.
   *
   * @param host as one writes it in a URL
   * @param answer what it said when asked as one asks kube-proxy; empty: it answers otherwise
   */
  record Ear(String host, int port, String answer) {
    String where() {
      return host + ":" + port;
    }
  }
}
