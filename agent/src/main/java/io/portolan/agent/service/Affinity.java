package io.portolan.agent.service;

/** For how long a client keeps its endpoint, as a Service asks for it. */
public sealed interface Affinity {
  /** Not at all. */
  Affinity NONE = new None();

  /** The Service asks for it and leaves the time to others. */
  Affinity UNTIMED = new Untimed();

  /** No affinity. */
  record None() implements Affinity {}

  /** Affinity without a time of its own. */
  record Untimed() implements Affinity {}

  /**
   * Affinity with a time of its own.
   *
   * @param seconds 1 or more
   */
  record Timed(int seconds) implements Affinity {}
}
