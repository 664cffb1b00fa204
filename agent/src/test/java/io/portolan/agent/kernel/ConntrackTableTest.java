package io.portolan.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("ctnetlink")
class ConntrackTableTest {
  private static final int MANY = 10_000;

  private NetworkNamespace space;
  private TrackedFlows entries;
  private ConntrackTable table;

  @BeforeEach
  void open() {
    space = NetworkNamespace.create("conntrack");
    entries = new TrackedFlows(space);
    table = space.call(ConntrackTable::open);
  }

  @AfterEach
  void close() {
    table.close();
    space.close();
  }

  private static FlowFilter filter(IpFamily family, @Nullable String to, int port) {
    return new FlowFilter(family, Protocol.UDP, to == null ? null : Ip.parse(to), port);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"IPV4,10.96.0.10,10.96.0.11,10.1.0.5", "IPV6,fd96::10,fd96::11,fd01::5"})
  @DisplayName("an entry is read whole: both directions, every address and port")
  void reads(IpFamily family, String to, String other, String from) {
    entries.add(
        TrackedFlows.udp(to, 53, from, 5353, 40001),
        TrackedFlows.udp(other, 53, from, 5353, 40002));
    assertThat(table.flows(filter(family, to, 53), flow -> true))
        .singleElement()
        .satisfies(
            flow -> {
              String client = TrackedFlows.client(to);
              assertThat(flow.original())
                  .isEqualTo(new TrackedFlow.Direction(Ip.parse(client), 40001, Ip.parse(to), 53));
              assertThat(flow.answers())
                  .isEqualTo(
                      new TrackedFlow.Direction(Ip.parse(from), 5353, Ip.parse(client), 40001));
            });
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"IPV4,10.96.0.10,10.96.0.11,10.1.0.5", "IPV6,fd96::10,fd96::11,fd01::5"})
  @DisplayName("the kernel sends only what is asked for, of ten thousand entries")
  void filters(IpFamily family, String to, String other, String from) {
    entries.add(
        Stream.concat(
                IntStream.range(0, MANY)
                    .mapToObj(i -> TrackedFlows.udp(other, 54, from, 54, 1000 + i)),
                IntStream.range(0, 5).mapToObj(i -> TrackedFlows.udp(to, 53, from, 53, 1000 + i)))
            .toArray(String[]::new));
    assertThat(table.flows(filter(family, to, 53), flow -> true)).hasSize(5);
    assertThat(table.received()).isEqualTo(5);
    assertThat(table.flows(filter(family, null, 53), flow -> true)).hasSize(5);
    assertThat(table.received()).isEqualTo(10);
    assertThat(table.flows(filter(family, null, 0), flow -> true)).hasSize(MANY + 5);
    assertThat(table.received()).isEqualTo(MANY + 15);
    assertThat(table.filters()).isTrue();
  }

  @Test
  @DisplayName("other protocols, other families and entries of a zone are not seen")
  void sees() {
    entries.add(
        TrackedFlows.udp("10.96.0.10", 53, "10.1.0.5", 53, 1000),
        TrackedFlows.udp("fd96::10", 53, "fd01::5", 53, 1000),
        TrackedFlows.tcp("10.96.0.10", 53, "10.1.0.5", 53, 1001),
        TrackedFlows.sctp("10.96.0.10", 53, "10.1.0.5", 53, 1002),
        TrackedFlows.udp("10.96.0.10", 53, "10.1.0.5", 53, 1003) + " -w 7",
        TrackedFlows.udp("10.96.0.10", 53, "10.1.0.5", 53, 1004) + " --orig-zone 8");
    assertThat(table.flows(filter(IpFamily.IPV4, null, 0), flow -> true))
        .singleElement()
        .satisfies(flow -> assertThat(flow.original().fromPort()).isEqualTo(1000));
  }

  @Test
  @DisplayName("a later flow of the same client to another endpoint is not the one to be deleted")
  void deletesByIdentity() {
    entries.add(TrackedFlows.udp("10.96.0.10", 53, "10.1.0.5", 53, 1000));
    List<TrackedFlow> found = table.flows(filter(IpFamily.IPV4, "10.96.0.10", 53), flow -> true);
    space.exec("conntrack", "-F");
    entries.add(TrackedFlows.udp("10.96.0.10", 53, "10.1.0.6", 53, 1000));
    assertThat(found).hasSize(1);
    assertThat(table.delete(Protocol.UDP, found)).isZero();
    assertThat(entries.list())
        .containsExactly(TrackedFlows.brief("udp", "10.96.0.10", 53, "10.1.0.6", 53));
  }

  @Test
  @DisplayName("deletes exactly what it is given, whatever is gone already, in any number")
  void deletes() {
    entries.add(
        IntStream.range(0, 1000)
            .mapToObj(i -> TrackedFlows.udp("10.96.0.10", 53, "10.1.0.5", 53, 1000 + i))
            .toArray(String[]::new));
    List<TrackedFlow> found =
        table.flows(
            filter(IpFamily.IPV4, "10.96.0.10", 53), flow -> flow.original().fromPort() < 1900);
    assertThat(found).hasSize(900);
    assertThat(table.delete(Protocol.UDP, found.subList(0, 300))).isEqualTo(300);
    assertThat(table.delete(Protocol.UDP, found)).isEqualTo(600);
    assertThat(entries.list()).hasSize(100);
  }
}
