package io.portolan.agent.plan;

import java.util.List;

/** Where a Service port sends a new connection. */
public sealed interface Target {
  /** No endpoint anywhere in the cluster: the client is refused at once. */
  Target NOWHERE = new Refused();

  /** Endpoints, but none that may be used from here: packets vanish, the client tries elsewhere. */
  Target NOWHERE_HERE = new Dropped();

  /**
   * One of these, each with the same chance.
   *
   * @param endpoints at least one
   */
  record OneOf(List<Endpoint> endpoints) implements Target {}

  /** See {@link #NOWHERE}. */
  record Refused() implements Target {}

  /** See {@link #NOWHERE_HERE}. */
  record Dropped() implements Target {}
}
