package io.portolan.agent.kernel;

import java.util.List;

/**
 * An error number of the kernel ({@code asm-generic/errno-base.h}, {@code asm-generic/errno.h}).
 *
 * @param code positive
 */
public record Errno(int code) {
  public static final Errno EPERM = new Errno(1);
  public static final Errno ENOENT = new Errno(2);
  public static final Errno EINTR = new Errno(4);
  public static final Errno EAGAIN = new Errno(11);
  public static final Errno EBUSY = new Errno(16);
  public static final Errno EEXIST = new Errno(17);
  public static final Errno ENODEV = new Errno(19);
  public static final Errno EINVAL = new Errno(22);
  public static final Errno ENFILE = new Errno(23);
  public static final Errno ERESTART = new Errno(85);
  public static final Errno ENOBUFS = new Errno(105);
  public static final Errno ETIMEDOUT = new Errno(110);

  /** In the order of their numbers, from 1. */
  private static final List<String> NAMES =
      List.of(
          ("EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES"
                  + " EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE"
                  + " ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK"
                  + " ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP 41 ENOMSG EIDRM ECHRNG EL2NSYNC"
                  + " EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC"
                  + " EBADSLT 58 EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK"
                  + " EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD"
                  + " EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE"
                  + " EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT"
                  + " ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL"
                  + " ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN"
                  + " ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH"
                  + " EALREADY EINPROGRESS ESTALE")
              .split(" "));

  /** Such as {@code ENOENT}; the bare number when it has no name here. */
  public String name() {
    return code >= 1 && code <= NAMES.size() ? NAMES.get(code - 1) : Integer.toString(code);
  }

  /** Such as {@code No such file or directory}, in the C library's words. */
  public String text() {
    return LibC.strerror(code);
  }

  @Override
  public String toString() {
    return name() + " (" + text() + ")";
  }
}
