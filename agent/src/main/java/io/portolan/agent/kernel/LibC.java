package io.portolan.agent.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The few functions of the C library that we need: for sockets and clocks. Every call that fails
 * throws {@link SystemCallException} with its error number.
 *
 * <p>An object belongs to one thread at a time: it holds the memory in which the error number is
 * captured.
 */
@SuppressWarnings("restricted") // Binding native functions is what this class is for.
final class LibC {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURED.varHandle(PathElement.groupElement("errno")).withInvokeExactBehavior();

  private static final MethodHandle SOCKET =
      call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND =
      call("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      call(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKOPT =
      call(
          "getsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle SEND =
      call("send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle RECV =
      call("recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle POLL =
      call("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOCK_GETTIME =
      call("clock_gettime", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle CLOCK_GETRES =
      call("clock_getres", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private final MemorySegment captured;
  private final MemorySegment scratch;

  /** The memory lives as long as the arena. */
  LibC(Arena arena) {
    captured = arena.allocate(CAPTURED);
    scratch = arena.allocate(16, 8);
  }

  /** {@code socket(2)}: the descriptor. */
  int socket(int domain, int type, int protocol) {
    try {
      return checked("socket", (int) SOCKET.invokeExact(captured, domain, type, protocol));
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /** {@code bind(2)}. */
  void bind(int fd, MemorySegment address) {
    try {
      checked("bind", (int) BIND.invokeExact(captured, fd, address, (int) address.byteSize()));
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /** {@code setsockopt(2)} with an int value. */
  void setsockopt(int fd, int level, int option, int value) {
    try {
      scratch.set(JAVA_INT, 0, value);
      checked("setsockopt", (int) SETSOCKOPT.invokeExact(captured, fd, level, option, scratch, 4));
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /** {@code getsockopt(2)} into memory, all of which is asked for. */
  void getsockopt(int fd, int level, int option, MemorySegment value) {
    try {
      scratch.set(JAVA_INT, 0, (int) value.byteSize());
      checked(
          "getsockopt", (int) GETSOCKOPT.invokeExact(captured, fd, level, option, value, scratch));
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /** {@code send(2)}: bytes that the kernel took. */
  long send(int fd, MemorySegment data) {
    try {
      return checked("send", (long) SEND.invokeExact(captured, fd, data, data.byteSize(), 0));
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /** {@code recv(2)}: bytes received, or with {@code MSG_TRUNC} the length of what was sent. */
  long recv(int fd, MemorySegment buffer, int flags) {
    try {
      return checked(
          "recv", (long) RECV.invokeExact(captured, fd, buffer, buffer.byteSize(), flags));
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /** {@code poll(2)} for input on one descriptor: whether there is any within the time. */
  boolean readable(int fd, int milliseconds) {
    try {
      int ready;
      do {
        scratch.set(JAVA_INT, 0, fd);
        scratch.set(JAVA_INT, 4, 1); // events = POLLIN, revents = 0
        ready = (int) POLL.invokeExact(captured, scratch, 1L, milliseconds);
      } while (ready < 0 && errno().equals(Errno.EINTR));
      return checked("poll", ready) > 0;
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /** {@code close(2)}. */
  void close(int fd) {
    try {
      checked("close", (int) CLOSE.invokeExact(captured, fd));
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /** {@code clock_gettime(2)}, in nanoseconds. */
  long clock(int clock) {
    try {
      checked("clock_gettime", (int) CLOCK_GETTIME.invokeExact(captured, clock, scratch));
      return nanoseconds();
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /** {@code clock_getres(2)}, in nanoseconds. */
  long clockResolution(int clock) {
    try {
      checked("clock_getres", (int) CLOCK_GETRES.invokeExact(captured, clock, scratch));
      return nanoseconds();
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  private long nanoseconds() {
    return scratch.get(JAVA_LONG, 0) * 1_000_000_000 + scratch.get(JAVA_LONG, 8);
  }

  /** {@code strerror(3)}. */
  static String strerror(int code) {
    try {
      var text = (MemorySegment) STRERROR.invokeExact(code);
      return text.reinterpret(256).getString(0);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  private int checked(String call, int result) {
    if (result < 0) {
      throw new SystemCallException(call, errno());
    }
    return result;
  }

  private long checked(String call, long result) {
    if (result < 0) {
      throw new SystemCallException(call, errno());
    }
    return result;
  }

  private Errno errno() {
    return new Errno((int) ERRNO.get(captured, 0L));
  }

  private static MethodHandle call(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }

  /** A native call itself throws nothing: what arrives here is ours, or a bug. */
  private static RuntimeException thrown(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }
}
