package io.portolan.agent.probe;

import io.portolan.api.v1alpha1.NodeProbes;

/** Is told what the probes find, on any thread; must not block. */
public interface ProbeObserver {
  /** One connection was made, or tried. */
  default void probed(Route route, Outcome outcome) {}

  /** What the status of the node shall say of the probes from now on. */
  default void found(NodeProbes probes) {}
}
