package io.portolan.agent.dataplane;

/**
 * The kernel refused a change; the message says which object and why, in the kernel's own words
 * where it has any.
 */
public final class DataplaneException extends RuntimeException {
  public DataplaneException(String message, Throwable cause) {
    super(message, cause);
  }
}
