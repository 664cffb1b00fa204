package io.portolan.agent.probe;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Ordinary TCP connections of this process, several at once; each is cut with a reset as soon as it
 * stands, so that none stays in TIME-WAIT.
 */
final class Connections {
  /** In place of a time: no answer, or a refusal. */
  static final long NONE = -1;

  /** Where a connection goes to. */
  record Peer(Ip ip, int port) {}

  private Connections() {}

  /**
   * Connects to each peer.
   *
   * @param limit after it those without an answer are given up
   * @return for each peer the nanoseconds until it answered, or {@link #NONE}
   * @throws IOException when this process can open no socket, which says nothing of any peer
   */
  static long[] attempt(List<Peer> peers, Duration limit) throws IOException {
    var took = new long[peers.size()];
    var begun = new long[peers.size()];
    Arrays.fill(took, NONE);
    var channels = new ArrayList<SocketChannel>();
    try (var selector = Selector.open()) {
      for (int i = 0; i < peers.size(); i++) {
        SocketChannel channel = open(peers.get(i).ip().family());
        channels.add(channel);
        begun[i] = System.nanoTime();
        connect(channel, peers.get(i), selector, i);
      }
      long end = System.nanoTime() + limit.toNanos();
      for (long left = limit.toNanos(); left > 0; left = end - System.nanoTime()) {
        if (selector.keys().stream().noneMatch(SelectionKey::isValid)) {
          break;
        }
        selector.select(Math.max(1, left / 1_000_000));
        long now = System.nanoTime();
        for (SelectionKey key : selector.selectedKeys()) {
          int i = (int) key.attachment();
          took[i] = connected(channels.get(i)) ? now - begun[i] : NONE;
          key.cancel();
        }
        selector.selectedKeys().clear();
      }
    } finally {
      for (SocketChannel channel : channels) {
        channel.close();
      }
    }
    return took;
  }

  private static SocketChannel open(IpFamily family) throws IOException {
    SocketChannel channel =
        SocketChannel.open(
            family == IpFamily.IPV4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** A peer that is refused at once, such as for want of a route, gets no key: it has no answer. */
  private static void connect(SocketChannel channel, Peer peer, Selector selector, int number)
      throws IOException {
    var address = new InetSocketAddress(InetAddress.getByAddress(peer.ip().bytes()), peer.port());
    boolean refused = false;
    try {
      channel.connect(address);
    } catch (IOException e) {
      refused = true;
    }
    if (!refused) {
      channel.register(selector, SelectionKey.OP_CONNECT, number);
    }
  }

  private static boolean connected(SocketChannel channel) {
    try {
      return channel.finishConnect();
    } catch (IOException e) {
      return false;
    }
  }
}
