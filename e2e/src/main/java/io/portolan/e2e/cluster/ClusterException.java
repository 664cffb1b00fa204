package io.portolan.e2e.cluster;

import org.jspecify.annotations.Nullable;

/** The cluster could not do what was asked; the message is meant for a person. */
public final class ClusterException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** One or more sentences that say what failed, with the evidence. */
  public ClusterException(String message) {
    super(message);
  }

  /** The same with the error that lies beneath. */
  public ClusterException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
