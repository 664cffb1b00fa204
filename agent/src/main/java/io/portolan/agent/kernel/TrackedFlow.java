package io.portolan.agent.kernel;

import io.portolan.agent.service.Ip;

/**
 * An entry of the connection tracking table.
 *
 * @param id the kernel's name for it ({@code CTA_ID})
 * @param answered whether a packet came back ({@code IPS_SEEN_REPLY})
 * @param original the packets of who began
 * @param answers the packets back, after every translation
 */
public record TrackedFlow(int id, boolean answered, Direction original, Direction answers) {

  /**
   * Where the packets of one direction come from and go to.
   *
   * @param fromPort 1 to 65535
   * @param toPort 1 to 65535
   */
  public record Direction(Ip from, int fromPort, Ip to, int toPort) {}
}
