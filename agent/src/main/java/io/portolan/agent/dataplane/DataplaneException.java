package io.portolan.agent.dataplane;

import org.jspecify.annotations.Nullable;

/**
 * The kernel refused a change; the message says which object and why, in the kernel's own words
 * where it has any.
 */
public final class DataplaneException extends RuntimeException {
  public DataplaneException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
