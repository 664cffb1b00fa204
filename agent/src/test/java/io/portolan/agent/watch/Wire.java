package io.portolan.agent.watch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A way to a port of the loopback device that can be cut, and go dead without a word. */
final class Wire implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger refused = new AtomicInteger();
  private volatile boolean refusing;

  Wire(int target) throws IOException {
    this.target = target;
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().name("wire").start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Breaks the connections that there are; new ones are refused until {@link #mend}. */
  void cut() {
    refusing = true;
    connections.forEach(Connection::close);
  }

  void mend() {
    refusing = false;
  }

  /** Connections refused so far. */
  int refused() {
    return refused.get();
  }

  /** Nothing comes or goes on the connections that there are, which stay open; new ones work. */
  void deaden() {
    connections.forEach(connection -> connection.dead = true);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    connections.forEach(Connection::close);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        if (refusing) {
          refused.incrementAndGet();
          near.close();
          continue;
        }
        var connection = new Connection(near, new Socket(listener.getInetAddress(), target));
        connections.add(connection);
        connection.start();
        if (refusing) {
          connection.close();
        }
      } catch (IOException e) {
        // Closed, or the server is away: the client will come again.
      }
    }
  }

  private final class Connection {
    private final Socket near;
    private final Socket far;
    private volatile boolean dead;

    Connection(Socket near, Socket far) {
      this.near = near;
      this.far = far;
    }

    void start() {
      Thread.ofPlatform().daemon().start(() -> pump(near, far));
      Thread.ofPlatform().daemon().start(() -> pump(far, near));
    }

    private void pump(Socket from, Socket to) {
      try (InputStream in = from.getInputStream();
          OutputStream out = to.getOutputStream()) {
        byte[] bytes = new byte[8192];
        for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
          if (!dead) {
            out.write(bytes, 0, length);
          }
        }
      } catch (IOException e) {
        // One side has gone, and by closing both the other learns it.
      } finally {
        close();
      }
    }

    void close() {
      connections.remove(this);
      for (Socket socket : new Socket[] {near, far}) {
        try {
          socket.close();
        } catch (IOException e) {
          // It is closed.
        }
      }
    }
  }
}
