package io.portolan.agent;

import io.portolan.agent.kernel.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes a port of our loopback device answer at the same port of a namespace's loopback device, so
 * that no link between the two is needed.
 */
public final class Relay implements AutoCloseable {
  private final int port;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /** Begins to answer. */
  public Relay(NetworkNamespace namespace, int port) {
    this.port = port;
    // A socket stays in the namespace of the thread that made it.
    listener = namespace.call(() -> new ServerSocket(port, 50, InetAddress.getLoopbackAddress()));
    Thread.ofPlatform().daemon().name("relay").start(this::accept);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket inside = track(listener.accept());
        Socket outside = track(new Socket(InetAddress.getLoopbackAddress(), port));
        pump(inside, outside);
        pump(outside, inside);
      } catch (IOException e) {
        // Closed, or the server is away: the client will come again.
      }
    }
  }

  private Socket track(Socket socket) {
    sockets.add(socket);
    return socket;
  }

  private void pump(Socket from, Socket to) {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try (from;
                  to;
                  InputStream in = from.getInputStream();
                  OutputStream out = to.getOutputStream()) {
                in.transferTo(out);
              } catch (IOException e) {
                // One side has gone, and by closing both the other learns it.
              } finally {
                sockets.remove(from);
              }
            });
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
