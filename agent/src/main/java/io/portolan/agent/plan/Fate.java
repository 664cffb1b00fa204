package io.portolan.agent.plan;

import java.util.List;

/** What becomes of a packet. */
public sealed interface Fate {
  /**
   * Its destination becomes one of these.
   *
   * @param endpoints at least one; each has the same chance, unless the client is known
   * @param masquerade whether its source becomes an address of the node, whichever endpoint it is;
   *     a connection that comes back to its own sender is masqueraded in any case
   * @param stickySeconds how long the client keeps its endpoint; 0: every connection by itself
   */
  record Translated(PortKey to, List<Endpoint> endpoints, boolean masquerade, int stickySeconds)
      implements Fate {}

  /** The sender is told at once. */
  record Rejected() implements Fate {}

  /** It vanishes. */
  record Dropped() implements Fate {}

  /** It is no business of the proxy. */
  record Untouched() implements Fate {}
}
