package io.portolan.agent.dataplane;

/**
 * How packets get to the rules of a mode, and from there. Two modes lie in one kernel while a node
 * goes from one to the other; each has doors of its own.
 *
 * <p>The entrance is where new connections to Services are translated, refused or dropped before
 * routing; the exit is everything later: masquerading, and what is let through or refused on its
 * way. A connection that one mode has translated may leave by the exit of another: each exit tells
 * by the connection itself, or leaves alone what it does not know. Of two open entrances the first
 * that the kernel asks translates a connection; it is never translated twice.
 */
public enum Doors {
  /** Everything is there, but no packet comes near it. */
  CLOSED(false, false, false),
  /** Only the exit: what has been translated leaves, nothing new comes in. */
  EXIT(true, false, false),
  /** The entrance lets in {@link io.portolan.agent.plan.ProbeSource} alone. */
  PROBES(true, true, false),
  /** The entrance lets in everyone but {@link io.portolan.agent.plan.ProbeSource}. */
  NO_PROBES(true, false, true),
  /** The mode serves. */
  OPEN(true, true, true);

  private final boolean exit;
  private final boolean probes;
  private final boolean others;

  Doors(boolean exit, boolean probes, boolean others) {
    this.exit = exit;
    this.probes = probes;
    this.others = others;
  }

  /** Whether packets leave by this mode. */
  public boolean exit() {
    return exit;
  }

  /** Whether the agent's own probes come in. */
  public boolean probes() {
    return probes;
  }

  /** Whether everyone else comes in: the mode serves. */
  public boolean serve() {
    return others;
  }
}
