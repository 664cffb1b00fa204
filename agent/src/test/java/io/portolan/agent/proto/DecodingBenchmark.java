package io.portolan.agent.proto;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What reading one slice from its bytes costs. Run by {@code make jmh}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DecodingBenchmark {
  private static final int ENDPOINTS = 5;

  private final ObjectProto<EndpointSlice> slices =
      ObjectProto.slices(Set.of("kubernetes.io/service-name"), Set.of());
  private final byte[] bytes = slice();

  /** A slice of five endpoints, as the endpoint slice controller writes them. */
  @Benchmark
  public EndpointSlice slice5() {
    return slices.read(new ProtoReader(bytes, 0, bytes.length, "slice"));
  }

  private static byte[] slice() {
    Bytes slice = Bytes.plain();
    slice.message(
        1,
        slice
            .inner()
            .text(1, "service-1-abcde")
            .text(2, "service-1-")
            .text(3, "bench")
            .text(5, "00000000-0000-0000-0000-000000000000")
            .text(6, "12345")
            .entry(11, "endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io")
            .entry(11, "kubernetes.io/service-name", "service-1")
            .text(17, "x".repeat(800)));
    for (int e = 0; e < ENDPOINTS; e++) {
      slice.message(
          2,
          slice
              .inner()
              .text(1, "10.128.0." + e)
              .message(2, slice.inner().number(1, 1).number(2, 1).number(3, 0))
              .message(4, slice.inner().text(1, "Pod").text(2, "bench").text(3, "pod-" + e))
              .text(6, "node-" + e)
              .text(7, "zone-a"));
    }
    return slice
        .message(3, slice.inner().text(1, "http").text(2, "TCP").number(3, 8080))
        .text(4, "IPv4")
        .array();
  }
}
