package io.portolan.operator.rollout;

/**
 * What a query of the user's says of the change.
 *
 * @param name as the spec has it
 * @param words what it returned, or why it cannot be asked; empty when it is open
 */
public record ExternalGate(String name, State state, String words) {
  /** Whether the change may go on. */
  public enum State {
    /** It returned nothing. */
    OPEN,
    /** It returned something. */
    SHUT,
    /** It cannot be asked. */
    UNKNOWN
  }
}
