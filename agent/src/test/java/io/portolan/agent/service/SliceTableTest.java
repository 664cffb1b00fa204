package io.portolan.agent.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SliceTableTest {
  private static final ServiceName A = new ServiceName("ns", "a");
  private static final ServiceName B = new ServiceName("ns", "b");
  private final SliceTable table = new SliceTable();

  private static EndpointSlice slice(ServiceName service, String ip) {
    return new EndpointSlice(
        new SliceName("ns", "s"),
        service,
        IpFamily.IPV4,
        List.of(new SlicePort("http", Protocol.TCP, 80)),
        List.of(new SliceEndpoint(Ip.parse(ip), true, true, false, "n", List.of(), List.of())));
  }

  private int count(ServiceName service) {
    return table.backends(service, "http", Protocol.TCP, IpFamily.IPV4).size();
  }

  @Test
  @DisplayName("a slice that is put again without a change touches nothing")
  void unchanged() {
    assertThat(table.put(slice(A, "10.0.0.1"))).containsExactly(A);
    assertThat(table.put(slice(A, "10.0.0.1"))).isEmpty();
    assertThat(table.put(slice(A, "10.0.0.2"))).containsExactly(A);
  }

  @Test
  @DisplayName("a slice that moves to another Service touches both, and leaves the first")
  void moved() {
    table.put(slice(A, "10.0.0.1"));
    assertThat(table.put(slice(B, "10.0.0.1"))).containsExactlyInAnyOrder(A, B);
    assertThat(count(A)).isZero();
    assertThat(count(B)).isEqualTo(1);
  }

  @Test
  @DisplayName("a removed slice takes its endpoints along; an unknown one touches nothing")
  void removed() {
    table.put(slice(A, "10.0.0.1"));
    assertThat(table.remove(new SliceName("ns", "other"))).isEmpty();
    assertThat(table.remove(new SliceName("ns", "s"))).containsExactly(A);
    assertThat(count(A)).isZero();
  }

  @Test
  @DisplayName("endpoints belong to a Service port by name and protocol")
  void ports() {
    table.put(slice(A, "10.0.0.1"));
    assertThat(count(A)).isEqualTo(1);
    assertThat(table.backends(A, "http", Protocol.UDP, IpFamily.IPV4)).isEmpty();
    assertThat(table.backends(A, "", Protocol.TCP, IpFamily.IPV4)).isEmpty();
    assertThat(table.backends(A, "http", Protocol.TCP, IpFamily.IPV6)).isEmpty();
  }
}
