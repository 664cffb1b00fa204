package io.portolan.agent.plan;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;

/**
 * Where the agent's own probes that take the way of a Pod come from; no Pod and no host has these
 * addresses.
 */
public final class ProbeSource {
  /** Link-local (RFC 3927): never leaves the node untranslated. */
  public static final Ip IPV4 = Ip.parse("169.254.213.87");

  /** Benchmarking range (RFC 5180): no unique local address, which may be a Pod's. */
  public static final Ip IPV6 = Ip.parse("2001:2:0:d557::57");

  private ProbeSource() {}

  /** The address of a family. */
  public static Ip of(IpFamily family) {
    return family == IpFamily.IPV4 ? IPV4 : IPV6;
  }
}
