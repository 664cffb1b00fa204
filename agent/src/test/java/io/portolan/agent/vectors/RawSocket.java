package io.portolan.agent.vectors;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A socket that Java has no class for: raw IP for a protocol (raw(7)), or every packet that passes
 * the interfaces (packet(7)), in the network namespace of the thread that opens it. One thread's.
 */
@SuppressWarnings("restricted") // Binding native functions is what this class is for.
final class RawSocket implements AutoCloseable {
  /** {@code sll_pkttype} of what leaves this host. */
  static final int OUTGOING = 4;

  /** Error numbers of Linux. */
  static final int EPERM = 1;

  static final int EAGAIN = 11;
  static final int ECONNREFUSED = 111;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int AF_PACKET = 17;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;
  private static final int CLOEXEC = 0x80000;
  private static final int ETH_P_ALL = 0x0300; // 3, in network order
  private static final int DONTWAIT = 0x40;

  private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURED.varHandle(PathElement.groupElement("errno")).withInvokeExactBehavior();
  private static final MethodHandle SOCKET =
      call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND =
      call("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CONNECT =
      call("connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SENDTO =
      call(
          "sendto",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle RECVFROM =
      call(
          "recvfrom",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle POLL =
      call("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final Arena arena = Arena.ofShared();
  private final MemorySegment captured = arena.allocate(CAPTURED);
  private final MemorySegment scratch = arena.allocate(16, 8);
  private final MemorySegment peer = arena.allocate(128, 8);
  private final MemorySegment buffer = arena.allocate(1 << 16, 8);
  private final int fd;

  /** A call that failed. */
  static final class CallFailed extends IOException {
    private static final long serialVersionUID = 1;
    private final int errno;

    CallFailed(String call, int errno) {
      super(call + ": error " + errno);
      this.errno = errno;
    }

    int errno() {
      return errno;
    }
  }

  /**
   * What arrived.
   *
   * @param from the sender; null for packets that pass
   * @param device number of the interface that it passes
   * @param kind {@code sll_pkttype}
   * @param version of IP that its frame names; 0: not IP
   */
  record Received(ByteBuffer bytes, @Nullable Ip from, int device, int kind, int version) {}

  private RawSocket(int domain, int type, int protocol) throws CallFailed {
    try {
      fd = checked("socket", (int) SOCKET.invokeExact(captured, domain, type | CLOEXEC, protocol));
    } catch (CallFailed e) {
      arena.close();
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Takes every packet that passes an interface, loopback too, from the network layer on. */
  static RawSocket passing() throws CallFailed {
    return new RawSocket(AF_PACKET, SOCK_DGRAM, ETH_P_ALL);
  }

  /** Speaks a protocol above IP from an address. */
  static RawSocket of(int protocol, Ip local) throws CallFailed {
    var socket = new RawSocket(domain(local), SOCK_RAW, protocol);
    try {
      MemorySegment address = socket.address(local);
      socket.checked(
          "bind",
          (int) BIND.invokeExact(socket.captured, socket.fd, address, (int) address.byteSize()));
      return socket;
    } catch (CallFailed e) {
      socket.close();
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** From now on only that peer is heard, and errors that it causes. */
  void connect(Ip to) throws CallFailed {
    MemorySegment address = address(to);
    try {
      checked(
          "connect", (int) CONNECT.invokeExact(captured, fd, address, (int) address.byteSize()));
    } catch (CallFailed e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sends to an address, or to the peer when that is null. */
  void send(byte[] bytes, @Nullable Ip to) throws CallFailed {
    MemorySegment address = to == null ? MemorySegment.NULL : address(to);
    MemorySegment.copy(bytes, 0, buffer, JAVA_BYTE, 0, bytes.length);
    try {
      checked(
          "sendto",
          (long)
              SENDTO.invokeExact(
                  captured,
                  fd,
                  buffer,
                  (long) bytes.length,
                  0,
                  address,
                  to == null ? 0 : (int) address.byteSize()));
    } catch (CallFailed e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** What arrives within the time; null: nothing. Network headers of IPv4 are part of it. */
  @Nullable Received receive(int milliseconds) throws CallFailed {
    try {
      scratch.set(JAVA_INT, 0, fd);
      scratch.set(JAVA_INT, 4, 1); // events = POLLIN
      int ready = (int) POLL.invokeExact(captured, scratch, 1L, milliseconds);
      if (ready <= 0) {
        return null;
      }
      scratch.set(JAVA_INT, 8, (int) peer.byteSize());
      long length =
          checked(
              "recvfrom",
              (long)
                  RECVFROM.invokeExact(
                      captured,
                      fd,
                      buffer,
                      buffer.byteSize(),
                      DONTWAIT,
                      peer,
                      scratch.asSlice(8, 4)));
      return received(ByteBuffer.wrap(buffer.asSlice(0, length).toArray(JAVA_BYTE)));
    } catch (CallFailed e) {
      if (e.errno() == EAGAIN) {
        return null;
      }
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private Received received(ByteBuffer bytes) {
    int family = peer.get(JAVA_SHORT_UNALIGNED, 0);
    return switch (family) {
      case AF_INET -> new Received(bytes, Ip.of(peer.asSlice(4, 4).toArray(JAVA_BYTE)), 0, 0, 4);
      case AF_INET6 -> new Received(bytes, Ip.of(peer.asSlice(8, 16).toArray(JAVA_BYTE)), 0, 0, 6);
      default -> {
        int protocol = peer.get(JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 2) & 0xffff;
        yield new Received(
            bytes,
            null,
            peer.get(JAVA_INT, 4),
            peer.get(JAVA_BYTE, 10),
            protocol == 0x0800 ? 4 : protocol == 0x86dd ? 6 : 0);
      }
    };
  }

  private static int domain(Ip ip) {
    return ip.family() == IpFamily.IPV4 ? AF_INET : AF_INET6;
  }

  private MemorySegment address(Ip ip) {
    boolean v4 = ip.family() == IpFamily.IPV4;
    MemorySegment address = arena.allocate(v4 ? 16 : 28, 8);
    address.set(JAVA_SHORT_UNALIGNED, 0, (short) domain(ip));
    byte[] bytes = ip.bytes();
    MemorySegment.copy(bytes, 0, address, JAVA_BYTE, v4 ? 4 : 8, bytes.length);
    return address;
  }

  private int checked(String call, int result) throws CallFailed {
    if (result < 0) {
      throw new CallFailed(call, (int) ERRNO.get(captured, 0L));
    }
    return result;
  }

  private long checked(String call, long result) throws CallFailed {
    if (result < 0) {
      throw new CallFailed(call, (int) ERRNO.get(captured, 0L));
    }
    return result;
  }

  private static MethodHandle call(String name, FunctionDescriptor descriptor) {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }

  @Override
  public void close() {
    try {
      int result = (int) CLOSE.invokeExact(captured, fd);
      if (result != 0) {
        throw new IllegalStateException("close");
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    arena.close();
  }
}
