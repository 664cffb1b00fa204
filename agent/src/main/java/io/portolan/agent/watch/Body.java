package io.portolan.agent.watch;

import io.fabric8.kubernetes.client.http.AsyncBody;
import java.io.EOFException;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, read by one thread that waits while it comes. So many buffers are fetched
 * ahead that the network and TLS go on while an object is read, and no more, that memory is
 * bounded.
 */
final class Body implements AsyncBody.Consumer<List<ByteBuffer>> {
  /** Of 16 KiB at most each: a record of TLS. */
  private static final int AHEAD = 32;

  private static final List<ByteBuffer> END = List.of();

  private final LinkedBlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();
  private final Duration silence;
  private @Nullable AsyncBody body;
  private List<ByteBuffer> present = List.of();
  private int index;
  private volatile @Nullable Throwable failure;

  /**
   * @param silence how long nothing may come before reading fails
   */
  Body(Duration silence) {
    this.silence = silence;
  }

  @Override
  public void consume(List<ByteBuffer> value, AsyncBody asyncBody) {
    arrived.add(value);
  }

  /** Begins to fetch. */
  void begin(AsyncBody asyncBody) {
    body = asyncBody;
    var unused =
        asyncBody
            .done()
            .whenComplete(
                (done, thrown) -> {
                  failure = thrown;
                  arrived.add(END);
                });
    for (int i = 0; i < AHEAD; i++) {
      asyncBody.consume();
    }
  }

  /**
   * Fills a range of an array.
   *
   * @return false at the end of the body, when it comes before the first byte
   * @throws EOFException if it comes later
   * @throws HttpTimeoutException if nothing came for too long
   * @throws IOException if the connection broke
   */
  boolean fill(byte[] into, int from, int to) throws IOException, InterruptedException {
    int at = from;
    while (at < to) {
      ByteBuffer buffer = buffer();
      if (buffer == null) {
        if (at == from) {
          return false;
        }
        throw new EOFException("the answer ended within an object");
      }
      int length = Math.min(buffer.remaining(), to - at);
      buffer.get(into, at, length);
      at += length;
    }
    return true;
  }

  /**
   * What comes until the end of the body.
   *
   * @throws IOException if that is more than {@code most} bytes, or as {@link #fill}
   */
  byte[] all(int most) throws IOException, InterruptedException {
    byte[] bytes = new byte[1 << 16];
    int length = 0;
    for (ByteBuffer buffer = buffer(); buffer != null; buffer = buffer()) {
      int wanted = length + buffer.remaining();
      if (wanted > most) {
        throw new IOException("an answer of more than " + most + " bytes");
      }
      if (wanted > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(wanted, 2 * bytes.length));
      }
      buffer.get(bytes, length, buffer.remaining());
      length = wanted;
    }
    return Arrays.copyOf(bytes, length);
  }

  /** Closes the connection, if HTTP/1.1 is spoken. */
  void cancel() {
    if (body != null) {
      body.cancel();
    }
  }

  /** One with bytes left, null at the end. */
  private @Nullable ByteBuffer buffer() throws IOException, InterruptedException {
    while (true) {
      for (; index < present.size(); index++) {
        if (present.get(index).hasRemaining()) {
          return present.get(index);
        }
      }
      List<ByteBuffer> next = arrived.poll(silence.toMillis(), TimeUnit.MILLISECONDS);
      if (next == null) {
        throw new HttpTimeoutException("nothing came for " + silence.toSeconds() + " s");
      }
      if (next == END) {
        arrived.add(END);
        Throwable thrown = failure;
        if (thrown != null) {
          throw new IOException("the connection broke: " + thrown.getMessage(), thrown);
        }
        return null;
      }
      present = next;
      index = 0;
      if (body != null) {
        body.consume();
      }
    }
  }
}
