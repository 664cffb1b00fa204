package io.portolan.agent.kernel;

import org.jspecify.annotations.Nullable;

/**
 * The kernel refused a netlink message. The text names the error number and, where the kernel gave
 * any, its own explanation (extended acknowledgement, {@code NLMSGERR_ATTR_MSG}).
 */
public final class NetlinkException extends RuntimeException {
  private final Errno errno;
  private final @Nullable String explanation;
  private final int message;
  private final int offset;

  NetlinkException(Errno errno, @Nullable String explanation, int message, int offset) {
    super(text(errno, explanation));
    this.errno = errno;
    this.explanation = explanation;
    this.message = message;
    this.offset = offset;
  }

  public Errno errno() {
    return errno;
  }

  /** The kernel's own words, null when it gave none. */
  public @Nullable String explanation() {
    return explanation;
  }

  /** Index of the refused message in what was sent; -1 when it is not one of them. */
  public int message() {
    return message;
  }

  /**
   * Where in the refused message the attribute begins that the kernel objects to, in bytes from the
   * message's header; -1 when it did not say.
   */
  public int offset() {
    return offset;
  }

  private static String text(Errno errno, @Nullable String explanation) {
    return explanation == null ? errno.toString() : errno + ": " + explanation;
  }
}
