package io.portolan.agent.plan;

import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.util.List;

/**
 * What the Node object says of addresses.
 *
 * @param internal its InternalIPs in the order of the object, both families
 * @param podRanges its {@code spec.podCIDRs}
 */
public record NodeAddresses(List<Ip> internal, List<Cidr> podRanges) {
  /** Nothing is known. */
  public static final NodeAddresses NONE = new NodeAddresses(List.of(), List.of());
}
