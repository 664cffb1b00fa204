package io.portolan.agent.vectors;

import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The servers of a case. Each answers with its own {@code address:port}, a blank, and the address
 * that it sees. One thread serves TCP and UDP of all; SCTP takes one for each address.
 */
final class Servers implements AutoCloseable {
  /** Where a server listens. */
  record Place(Protocol protocol, Ip ip, int port) {
    String name() {
      return new Endpoint(ip, port, false).toString();
    }
  }

  private final Selector selector;
  private final Thread thread;
  private final List<Thread> raw = new ArrayList<>();
  private final Map<Place, Channel> channels = new HashMap<>();
  private final Map<Ip, Set<Integer>> associations = new HashMap<>();
  private volatile boolean closed;

  Servers() throws IOException {
    selector = Selector.open();
    thread = Thread.ofPlatform().daemon().start(this::serve);
  }

  /** Opens a server there, unless there is one. */
  void open(NetworkNamespace namespace, Place place) {
    if (place.protocol() == Protocol.SCTP) {
      openRaw(namespace, place);
    } else if (!channels.containsKey(place)) {
      channels.put(place, namespace.call(() -> channel(place)));
    }
  }

  /** Whether one listens there. */
  boolean has(Place place) {
    return place.protocol() == Protocol.SCTP
        ? associations.getOrDefault(place.ip(), Set.of()).contains(place.port())
        : channels.containsKey(place);
  }

  private SelectableChannel channel(Place place) throws IOException {
    StandardProtocolFamily family = family(place.ip());
    if (place.protocol() == Protocol.UDP) {
      var udp = DatagramChannel.open(family);
      udp.bind(address(place.ip(), place.port()));
      return register(udp, SelectionKey.OP_READ, place);
    }
    var tcp = ServerSocketChannel.open(family);
    tcp.setOption(StandardSocketOptions.SO_REUSEADDR, true);
    tcp.bind(address(place.ip(), place.port()), 200);
    return register(tcp, SelectionKey.OP_ACCEPT, place);
  }

  private SelectableChannel register(SelectableChannel channel, int operation, Place place)
      throws IOException {
    channel.configureBlocking(false);
    channel.register(selector, operation, place.name());
    selector.wakeup();
    return channel;
  }

  static StandardProtocolFamily family(Ip ip) {
    return ip.family() == IpFamily.IPV4
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }

  static InetSocketAddress address(Ip ip, int port) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(ip.bytes()), port);
    } catch (UnknownHostException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve() {
    try {
      while (!closed) {
        selector.select(100);
        var keys = selector.selectedKeys();
        for (SelectionKey key : keys) {
          if (key.isValid()) {
            answer(key);
          }
        }
        keys.clear();
      }
    } catch (ClosedSelectorException e) {
      // The case is over.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void answer(SelectionKey key) {
    try {
      switch (key.channel()) {
        case ServerSocketChannel tcp -> {
          try (var peer = tcp.accept()) {
            if (peer != null) {
              var from = (InetSocketAddress) peer.getRemoteAddress();
              peer.write(text(key, from));
            }
          }
        }
        case DatagramChannel udp -> {
          var from = (InetSocketAddress) udp.receive(ByteBuffer.allocate(200));
          if (from != null) {
            udp.send(text(key, from), from);
          }
        }
        default -> throw new IllegalStateException();
      }
    } catch (IOException e) {
      // The client has gone, or the server was closed meanwhile.
    }
  }

  private static ByteBuffer text(SelectionKey key, InetSocketAddress from) {
    String text = key.attachment() + " " + Ip.of(from.getAddress().getAddress());
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private void openRaw(NetworkNamespace namespace, Place place) {
    Set<Integer> known = associations.get(place.ip());
    if (known != null) {
      synchronized (known) {
        known.add(place.port());
      }
      return;
    }
    var ports = new HashSet<>(Set.of(place.port()));
    associations.put(place.ip(), ports);
    RawSocket socket = namespace.call(() -> RawSocket.of(Sctp.PROTOCOL, place.ip()));
    raw.add(Thread.ofPlatform().daemon().start(() -> serveRaw(socket, place.ip(), ports)));
  }

  private void serveRaw(RawSocket socket, Ip ip, Set<Integer> ports) {
    try (socket) {
      while (!closed) {
        var packet = socket.receive(100);
        if (packet == null || packet.from() == null) {
          continue;
        }
        var init = Sctp.read(packet.bytes().array(), packet.version() == 4 ? 20 : 0);
        boolean ours;
        synchronized (ports) {
          ours = init != null && init.init() && ports.contains(init.toPort());
        }
        if (ours && init != null) {
          String text = new Place(Protocol.SCTP, ip, init.toPort()).name() + " " + packet.from();
          socket.send(init.answer(text).bytes(init.tag()), packet.from());
        }
      }
    } catch (RawSocket.CallFailed e) {
      if (!closed) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void close(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void end(Thread thread) {
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    selector.wakeup();
    end(thread);
    raw.forEach(Servers::end);
    channels.values().forEach(Servers::close);
    selector.close();
  }
}
