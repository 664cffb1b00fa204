package io.portolan.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What packets pay: the time to connect, and the bytes per second, through a Service or not. */
final class Packets {
  /**
   * A way to a backend.
   *
   * @param row its name in the sheet
   * @param address to connect to
   * @param port of it
   */
  record Way(String row, int address, int port) {}

  private static final int BLOCK = 250;

  private final Testbed testbed;
  private final int connects;

  Packets(Testbed testbed, int connects) {
    this.testbed = testbed;
    this.connects = connects;
  }

  /** Measures all ways, by turns, so that noise hits each of them. */
  void measure(List<Way> ways, String column, Sheet sheet) {
    Sentinels.join(
        testbed
            .clients()
            .submit(
                () -> {
                  List<List<Double>> all = new ArrayList<>();
                  for (Way way : ways) {
                    all.add(new ArrayList<>());
                    block(way);
                  }
                  for (int made = 0; made < connects; made += BLOCK) {
                    for (int w = 0; w < ways.size(); w++) {
                      all.get(w).addAll(block(ways.get(w)));
                    }
                  }
                  for (int w = 0; w < ways.size(); w++) {
                    Way way = ways.get(w);
                    List<Double> times = all.get(w);
                    sheet.add(
                        way.row() + ": connect, p50", "µs", column, Samples.percentile(times, 0.5));
                    sheet.add(
                        way.row() + ": connect, p99",
                        "µs",
                        column,
                        Samples.percentile(times, 0.99));
                  }
                  for (Way way : ways) {
                    sheet.add(
                        way.row() + ": throughput",
                        "Gbit/s",
                        column,
                        gigabits(way, Duration.ofMillis(700)));
                  }
                  return true;
                }));
  }

  /** Microseconds of some connects in a row. */
  private static List<Double> block(Way way) throws IOException {
    var target = new InetSocketAddress(Prober.inet(way.address()), way.port());
    var times = new ArrayList<Double>(BLOCK);
    for (int n = 0; n < BLOCK; n++) {
      try (SocketChannel socket = SocketChannel.open()) {
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        long began = System.nanoTime();
        socket.connect(target);
        times.add((System.nanoTime() - began) / 1e3);
      }
    }
    return times;
  }

  private static double gigabits(Way way, Duration length) throws IOException {
    try (SocketChannel socket =
        SocketChannel.open(new InetSocketAddress(Prober.inet(way.address()), way.port()))) {
      socket.setOption(StandardSocketOptions.SO_LINGER, 0);
      socket.write(ByteBuffer.wrap(new byte[] {Backend.STREAM}));
      ByteBuffer block = ByteBuffer.allocateDirect(1 << 18);
      read(socket, block, Duration.ofMillis(200));
      long began = System.nanoTime();
      long bytes = read(socket, block, length);
      return bytes * 8.0 / (System.nanoTime() - began);
    }
  }

  private static long read(SocketChannel socket, ByteBuffer block, Duration length)
      throws IOException {
    long began = System.nanoTime();
    long bytes = 0;
    while (System.nanoTime() - began < length.toNanos()) {
      block.clear();
      int read = socket.read(block);
      if (read < 0) {
        throw new IOException("the stream has ended");
      }
      bytes += read;
    }
    return bytes;
  }
}
