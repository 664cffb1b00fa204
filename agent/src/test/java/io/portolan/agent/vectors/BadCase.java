package io.portolan.agent.vectors;

/** A case that cannot be understood; the message names the field. */
final class BadCase extends RuntimeException {
  private static final long serialVersionUID = 1;

  BadCase(String message) {
    super(message);
  }
}
