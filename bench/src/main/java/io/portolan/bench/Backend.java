package io.portolan.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Every backend: at any address of its namespace it reads one byte, and answers {@link #WHO} with
 * the four bytes of the address that was called, {@link #STREAM} with zeros until the caller goes.
 */
final class Backend implements AutoCloseable {
  static final int PORT = 8080;
  static final int WHO = 'w';
  static final int STREAM = 's';

  private final ExecutorService threads;
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
  private final ServerSocket listener;

  Backend(Namespace namespace) {
    threads = namespace.threads();
    try {
      listener =
          threads
              .submit(
                  () -> {
                    var socket = new ServerSocket();
                    socket.bind(new InetSocketAddress("0.0.0.0", PORT), 4096);
                    return socket;
                  })
              .get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    } catch (ExecutionException e) {
      throw new BenchException("cannot listen", e);
    }
    threads.execute(this::accept);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket call = listener.accept();
        calls.execute(() -> answer(call));
      } catch (IOException e) {
        // Closed, or a caller that has gone again.
      }
    }
  }

  private static void answer(Socket call) {
    try (call) {
      int word = call.getInputStream().read();
      if (word == WHO) {
        call.getOutputStream().write(call.getLocalAddress().getAddress());
      } else if (word == STREAM) {
        byte[] zeros = new byte[1 << 17];
        while (true) {
          call.getOutputStream().write(zeros);
        }
      }
    } catch (IOException gone) {
      // The caller has what it wanted.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new BenchException("cannot stop listening", e);
    }
    threads.shutdownNow();
    calls.shutdownNow();
  }
}
