package io.portolan.agent.watch;

import io.fabric8.kubernetes.client.http.AsyncBody;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, read by one thread that waits while it comes. So many buffers are fetched
 * ahead that the network and TLS go on while an object is read, and no more, that memory is
 * bounded.
 */
final class Body implements AsyncBody.Consumer<List<ByteBuffer>> {
  /** Of 16 KiB at most each: a record of TLS. */
  private static final int AHEAD = 32;

  private static final int ZIP_BUFFER = 16 << 10;

  private static final List<ByteBuffer> END = List.of();

  private final LinkedBlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();
  private final Duration silence;
  private @Nullable AsyncBody body;
  private List<ByteBuffer> present = List.of();
  private int index;
  private boolean zipped;
  private @Nullable InputStream stream;
  private volatile @Nullable Throwable failure;

  /**
   * @param silence how long nothing may come before reading fails
   */
  Body(Duration silence) {
    this.silence = silence;
  }

  @Override
  public void consume(List<ByteBuffer> value, AsyncBody asyncBody) {
    if (value.isEmpty()) {
      asyncBody.consume();
    } else {
      arrived.add(value);
    }
  }

  /**
   * Begins to fetch.
   *
   * @param gzip whether it is compressed so
   */
  void begin(AsyncBody asyncBody, boolean gzip) {
    body = asyncBody;
    zipped = gzip;
    var _ =
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
   * @throws InterruptedIOException if the thread is interrupted, which it stays
   * @throws IOException if the connection broke
   */
  boolean fill(byte[] into, int from, int to) throws IOException {
    int length = stream().readNBytes(into, from, to - from);
    if (length > 0 && length < to - from) {
      throw new EOFException("the answer ended within an object");
    }
    return length > 0;
  }

  /**
   * What comes until the end of the body.
   *
   * @throws IOException if that is more than {@code most} bytes, or as {@link #fill}
   */
  byte[] all(int most) throws IOException {
    byte[] bytes = stream().readNBytes(most);
    if (bytes.length == most) {
      throw new IOException("an answer of " + most + " bytes or more");
    }
    return bytes;
  }

  /** The header of gzip is read when the first byte is wanted. */
  private InputStream stream() throws IOException {
    if (stream == null) {
      InputStream raw = new Arrived();
      stream = zipped ? new GZIPInputStream(raw, ZIP_BUFFER) : raw;
    }
    return stream;
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
      if (next.isEmpty()) {
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

  /** The bytes as they come; a read gives what is there. */
  private final class Arrived extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      ByteBuffer buffer;
      try {
        buffer = buffer();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
      if (buffer == null) {
        return -1;
      }
      int taken = Math.min(buffer.remaining(), length);
      buffer.get(into, offset, taken);
      return taken;
    }
  }
}
