package io.portolan.agent.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Sends and receives whole Ethernet frames on one interface ({@code packet(7)}), in the network
 * namespace of the thread that opens it. Needs CAP_NET_RAW. Used by one thread at a time.
 */
public final class PacketSocket implements AutoCloseable {
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int ETH_P_ALL = 3;
  private static final int MSG_DONTWAIT = 0x40;

  /** Longer frames are cut: what is of interest stands in the first bytes. */
  private static final int FRAME = 2048;

  private final Arena arena = Arena.ofShared();
  private final LibC libc = new LibC(arena);
  private final MemorySegment buffer = arena.allocate(FRAME, 8);
  private final int fd;

  private PacketSocket(int index) {
    // Protocol 0 takes nothing: frames of other interfaces never get in before bind.
    fd = libc.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0);
    try {
      var address = arena.allocate(20, 4); // struct sockaddr_ll
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
      address.set(ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) ETH_P_ALL);
      address.set(ValueLayout.JAVA_INT, 4, index);
      libc.bind(fd, address);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Opens a socket on an interface.
   *
   * @param index of the interface
   * @throws SystemCallException when the kernel refuses, such as for want of CAP_NET_RAW
   */
  public static PacketSocket open(int index) {
    return new PacketSocket(index);
  }

  /**
   * Sends a frame.
   *
   * @throws SystemCallException when the kernel refuses, such as when the interface is gone or down
   */
  public void send(byte[] frame) {
    MemorySegment.copy(frame, 0, buffer, ValueLayout.JAVA_BYTE, 0, frame.length);
    libc.send(fd, buffer.asSlice(0, frame.length));
  }

  /**
   * The next frame that came in or went out, at most its first 2048 bytes; null when there is none
   * within the time.
   *
   * @param wait rounded up to milliseconds
   * @throws SystemCallException when the kernel refuses, such as when the interface is gone or down
   */
  public byte @Nullable [] receive(Duration wait) {
    if (!libc.readable(fd, (int) wait.plusNanos(999_999).toMillis())) {
      return null;
    }
    try {
      int length = (int) libc.recv(fd, buffer, MSG_DONTWAIT);
      return buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    } catch (SystemCallException e) {
      if (e.errno().equals(Errno.EAGAIN)) {
        return null;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    libc.close(fd);
    arena.close();
  }
}
