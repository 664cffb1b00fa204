package io.portolan.agent.switching;

import io.portolan.agent.kernel.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A server in a Pod: answers every octet of a TCP connection, and every datagram, with the Pod's
 * name, for as long as the client likes.
 */
final class Echo implements AutoCloseable {
  static final int PORT = 9090;

  /** Of a name, in octets. */
  static final int NAME = 4;

  private final byte[] name;
  private final ServerSocket tcp;
  private final DatagramSocket udp;

  /**
   * @param name of {@link #NAME} letters
   */
  Echo(NetworkNamespace pod, String name) {
    this.name = name.getBytes(StandardCharsets.US_ASCII);
    tcp = pod.call(() -> new ServerSocket(PORT, 1_000));
    udp = pod.call(() -> new DatagramSocket(PORT));
    Thread.ofPlatform().daemon().start(this::accept);
    Thread.ofPlatform().daemon().start(this::datagrams);
  }

  private void accept() {
    try {
      while (true) {
        Socket peer = tcp.accept();
        Thread.ofVirtual().start(() -> answer(peer));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void answer(Socket peer) {
    try (peer) {
      peer.setTcpNoDelay(true);
      while (peer.getInputStream().read() >= 0) {
        peer.getOutputStream().write(name);
      }
    } catch (IOException e) {
      // The client has gone.
    }
  }

  private void datagrams() {
    try {
      while (true) {
        var packet = new DatagramPacket(new byte[16], 16);
        udp.receive(packet);
        udp.send(new DatagramPacket(name, name.length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  @Override
  public void close() throws IOException {
    tcp.close();
    udp.close();
  }
}
