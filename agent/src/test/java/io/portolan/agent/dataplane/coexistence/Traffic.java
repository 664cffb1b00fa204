package io.portolan.agent.dataplane.coexistence;

import io.portolan.agent.dataplane.nftables.Testbed;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.service.Protocol;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** Sends packets, and puts what comes of them into a word. */
final class Traffic {
  /** Nothing came back. */
  static final String SILENCE = "silence";

  /** As by a port that nobody listens on. */
  static final String REFUSED = "refused";

  /** A firewall said so. */
  static final String PROHIBITED = "prohibited";

  private static final int PATIENCE_MILLIS = 5_000;
  private static final int SILENCE_MILLIS = 300;

  private Traffic() {}

  /**
   * Asks once.
   *
   * @param expected what should come of it; silence is believed sooner where it is expected
   * @return the answer of a Pod, or one of the words above, or the error
   */
  static String ask(
      NetworkNamespace from, Protocol protocol, String address, int port, String expected) {
    int patience = expected.equals(SILENCE) ? SILENCE_MILLIS : PATIENCE_MILLIS;
    return from.call(
        () -> {
          try {
            var to = new InetSocketAddress(InetAddress.ofLiteral(address), port);
            return protocol == Protocol.TCP ? tcp(to, patience) : udp(to, patience);
          } catch (SocketTimeoutException e) {
            return SILENCE;
          } catch (ConnectException | PortUnreachableException e) {
            return REFUSED;
          } catch (IOException e) {
            String words = String.valueOf(e.getMessage());
            // The sender's own kernel says it of UDP before any packet leaves.
            return words.contains("Operation not permitted")
                ? REFUSED
                : words.contains("No route to host") || words.contains("Permission denied")
                    ? PROHIBITED
                    : e.toString();
          }
        });
  }

  private static String tcp(InetSocketAddress to, int patience) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(to, patience);
      socket.setSoTimeout(patience);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String udp(InetSocketAddress to, int patience) throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(patience);
      socket.connect(to);
      socket.send(new DatagramPacket(new byte[] {1}, 1));
      var answer = new DatagramPacket(new byte[200], 200);
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    }
  }

  /** What a Pod of the testbed says to someone with this address. */
  static String answer(int pod, String seen) {
    return "pod" + pod + " " + seen;
  }

  /** The address that the node masquerades with towards its Pods. */
  static String bridge(boolean v6) {
    return v6 ? "fd44::1" : "10.244.0.1";
  }

  /** The address of the node that the client knows. */
  static String node(boolean v6) {
    return v6 ? "fd50::1" : "192.168.50.1";
  }

  /** The client's address. */
  static String client(boolean v6) {
    return v6 ? "fd50::2" : "192.168.50.2";
  }

  /** The address of a Pod. */
  static String pod(int number, boolean v6) {
    return Testbed.podIp(number, v6);
  }
}
