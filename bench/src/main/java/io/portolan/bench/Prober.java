package io.portolan.bench;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;

/**
 * Asks a Service who answers, over a new connection each time. To be called in a client's thread.
 */
final class Prober {
  /** No backend answered. */
  static final int NOBODY = 0;

  private Prober() {}

  /** The address of the backend that answers, or {@link #NOBODY} within 200 ms. */
  static int ask(int address) {
    try (var socket = new Socket()) {
      // The close is a reset: no port of ours waits for a minute.
      socket.setOption(StandardSocketOptions.SO_LINGER, 0);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(200);
      socket.connect(new InetSocketAddress(inet(address), Population.PORT), 200);
      socket.getOutputStream().write(Backend.WHO);
      byte[] answer = socket.getInputStream().readNBytes(4);
      return answer.length == 4 ? ByteBuffer.wrap(answer).getInt() : NOBODY;
    } catch (IOException e) {
      return NOBODY;
    }
  }

  /** An IPv4 address of a number in network order. */
  static InetAddress inet(int address) throws IOException {
    return Inet4Address.getByAddress(ByteBuffer.allocate(4).putInt(address).array());
  }

  /**
   * Waits before the next look at something that began so long ago: short at first, and never more
   * than half a percent of the time that is measured.
   *
   * @param since {@link System#nanoTime}
   */
  static void pause(long since) {
    long wait = Math.clamp((System.nanoTime() - since) / 200, 200_000, 10_000_000);
    java.util.concurrent.locks.LockSupport.parkNanos(wait);
    if (Thread.currentThread().isInterrupted()) {
      throw new BenchException("interrupted");
    }
  }
}
