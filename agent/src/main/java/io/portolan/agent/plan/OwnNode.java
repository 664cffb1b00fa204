package io.portolan.agent.plan;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.util.List;
import java.util.TreeMap;

/**
 * What the Node object says.
 *
 * @param internal its InternalIPs in the order of the object, both families
 * @param podRanges its {@code spec.podCIDRs}
 * @param zone its label {@code topology.kubernetes.io/zone}, empty when it has none
 * @param leaving whether it is about to go, so that load balancers should turn elsewhere (KEP-3836)
 */
public record OwnNode(List<Ip> internal, List<Cidr> podRanges, String zone, boolean leaving) {
  /** Nothing is known. */
  public static final OwnNode NONE = new OwnNode(List.of(), List.of(), "", false);

  /** The first address of each family, sorted. */
  List<Ip> primary() {
    var first = new TreeMap<IpFamily, Ip>();
    internal.forEach(ip -> first.putIfAbsent(ip.family(), ip));
    return List.copyOf(first.values());
  }
}
