package io.portolan.agent.kernel;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * Which entries of the connection tracking table are asked for, by where the first packet was sent.
 *
 * @param to null: any address
 * @param toPort 0: any port
 */
public record FlowFilter(IpFamily family, Protocol protocol, @Nullable Ip to, int toPort) {

  /**
   * The filter as the kernel can apply it. By an IPv6 address it filters upside down: {@code
   * ctnetlink_filter_match_tuple} drops the entries that have it (so in Linux 5.8 to 6.18).
   */
  FlowFilter asOfKernel() {
    return family == IpFamily.IPV4 ? this : new FlowFilter(family, protocol, null, toPort);
  }

  boolean matches(TrackedFlow flow) {
    return (to == null || to.equals(flow.original().to()))
        && (toPort == 0 || toPort == flow.original().toPort());
  }
}
