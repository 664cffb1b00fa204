package io.portolan.agent.vectors;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One new connection, in the namespace of the calling thread: TCP connects, UDP sends a datagram,
 * SCTP an INIT, and each waits for the server's words.
 */
record Attempt(Ip from, Ip to, Protocol protocol, int port, int patienceMillis) {

  /** What came of it. */
  sealed interface End {
    /** The port from which it was sent. */
    int localPort();
  }

  /** The server's words. */
  record Answered(int localPort, String endpoint, Ip seen) implements End {}

  /** The sender was told that nobody is there. */
  record Refused(int localPort, long millis) implements End {}

  /** Another error. */
  record Failed(int localPort, String error) implements End {}

  /** Nothing within the time. */
  record Silent(int localPort) implements End {}

  End make() {
    return switch (protocol) {
      case TCP -> tcp();
      case UDP -> udp();
      case SCTP -> sctp();
    };
  }

  private End tcp() {
    long start = System.nanoTime();
    int local = 0;
    try (var channel = SocketChannel.open(Servers.family(from))) {
      channel.bind(Servers.address(from, 0));
      local = ((InetSocketAddress) channel.getLocalAddress()).getPort();
      var socket = channel.socket();
      socket.connect(Servers.address(to, port), patienceMillis);
      socket.setSoTimeout(patienceMillis);
      byte[] words = socket.getInputStream().readAllBytes();
      return answered(local, new String(words, StandardCharsets.UTF_8));
    } catch (SocketTimeoutException e) {
      return new Silent(local);
    } catch (ConnectException e) {
      return "Connection refused".equals(e.getMessage())
          ? refused(local, start)
          : new Failed(local, e.toString());
    } catch (IOException e) {
      return new Failed(local, e.toString());
    }
  }

  /** What the datagram carries, by which a copy of it is told. */
  String payload() {
    return "portolan vector " + from + " " + to + " " + port;
  }

  private End udp() {
    long start = System.nanoTime();
    int local = 0;
    try (var channel = DatagramChannel.open(Servers.family(from))) {
      channel.bind(Servers.address(from, 0));
      local = ((InetSocketAddress) channel.getLocalAddress()).getPort();
      channel.connect(Servers.address(to, port));
      try {
        channel.write(StandardCharsets.UTF_8.encode(payload()));
      } catch (PortUnreachableException e) {
        return refused(local, start);
      } catch (IOException e) {
        // Where a rule of the sender's own host takes the packet, the kernel says so (EPERM); what
        // the network says of it comes after.
        if (!String.valueOf(e.getMessage()).equals("Operation not permitted")) {
          return new Failed(local, e.toString());
        }
      }
      var words = new DatagramPacket(new byte[200], 200);
      channel.socket().setSoTimeout(patienceMillis);
      channel.socket().receive(words);
      return answered(
          local, new String(words.getData(), 0, words.getLength(), StandardCharsets.UTF_8));
    } catch (PortUnreachableException e) {
      return refused(local, start);
    } catch (SocketTimeoutException e) {
      return new Silent(local);
    } catch (IOException e) {
      return new Failed(local, e.toString());
    }
  }

  private End sctp() {
    long start = System.nanoTime();
    int local = ThreadLocalRandom.current().nextInt(32768, 61000);
    int tag = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
    try (var socket = RawSocket.of(Sctp.PROTOCOL, from)) {
      socket.connect(to);
      try {
        socket.send(new Sctp.Packet(local, port, true, tag, "").bytes(0), null);
      } catch (RawSocket.CallFailed e) {
        if (e.errno() == RawSocket.ECONNREFUSED) {
          return refused(local, start);
        }
        if (e.errno() != RawSocket.EPERM) {
          return new Failed(local, e.toString());
        }
      }
      long end = start + patienceMillis * 1_000_000L;
      for (long left = end - start; left > 0; left = end - System.nanoTime()) {
        var packet = socket.receive((int) (left / 1_000_000 + 1));
        Sctp.@Nullable Packet answer =
            packet == null
                ? null
                : Sctp.read(packet.bytes().array(), from.family() == IpFamily.IPV4 ? 20 : 0);
        if (answer != null && !answer.init() && answer.toPort() == local) {
          return answered(local, answer.text());
        }
      }
      return new Silent(local);
    } catch (RawSocket.CallFailed e) {
      return e.errno() == RawSocket.ECONNREFUSED
          ? refused(local, start)
          : new Failed(local, e.toString());
    }
  }

  private static End refused(int local, long start) {
    return new Refused(local, (System.nanoTime() - start) / 1_000_000);
  }

  private static End answered(int local, String words) {
    int blank = words.indexOf(' ');
    if (blank < 0) {
      return new Failed(local, "the connection ended after '" + words + "'");
    }
    return new Answered(local, words.substring(0, blank), Ip.parse(words.substring(blank + 1)));
  }
}
