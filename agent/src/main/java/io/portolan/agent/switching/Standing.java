package io.portolan.agent.switching;

/** How far the node is from the mode that it was asked for. */
public sealed interface Standing {
  /** What was asked for serves, and nothing of another mode is left. */
  record Steady(Chosen chosen) implements Standing {}

  /**
   * On the way.
   *
   * @param words for people: which step
   */
  record Underway(String words) implements Standing {}

  /**
   * Not to be had now; it is tried again later. What served before goes on.
   *
   * @param words for people: what failed, and why
   */
  record Refused(String words) implements Standing {}
}
