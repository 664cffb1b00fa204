package io.portolan.agent.kernel;

/** A system call failed. */
public final class SystemCallException extends RuntimeException {
  private final Errno errno;

  SystemCallException(String call, Errno errno) {
    super(call + ": " + errno);
    this.errno = errno;
  }

  /** Why. */
  public Errno errno() {
    return errno;
  }
}
