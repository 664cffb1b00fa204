package io.portolan.agent.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.Eventually;
import io.portolan.agent.kernel.AddressWatch;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.others.Neighbours;
import io.portolan.agent.plan.AffinityRule;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.plan.TrafficRule;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.switching.Tryout;
import io.portolan.api.v1alpha1.LogLevel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real addresses of a network namespace, the loop, and a map in place of the dataplane. */
@Timeout(120)
@DisplayName("NodePorts on the addresses of the node")
class NodePortAddressTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final RecordingDataplane kernel = new RecordingDataplane();
  private final SyncLoop loop =
      new SyncLoop(
          "a",
          List.of(RecordingVariant.nftables(() -> kernel)),
          Tryout.NONE,
          Neighbours.NONE,
          RecordingCleaner::new,
          new NodeTuning(new Sysctl(Path.of("nowhere")), 1, level -> {}),
          new SyncObserver() {},
          new Backoff(Duration.ofMillis(50), Duration.ofMillis(200)));
  private final AddressWatch addresses =
      new AddressWatch(now -> loop.offer(new Change.OfAddresses(now)));
  private NetworkNamespace space;

  @BeforeEach
  void open() {
    space = NetworkNamespace.create("nodeports");
    link("eth0");
    space.exec("ip", "addr", "add", "192.168.0.5/24", "dev", "eth0");
  }

  @AfterEach
  void close() {
    addresses.close();
    loop.close();
    space.close();
  }

  private void link(String name) {
    space.exec("ip", "link", "add", name, "type", "veth", "peer", "name", name + "-peer");
    space.exec("ip", "link", "set", name + "-peer", "up");
    space.exec("ip", "link", "set", name, "up");
  }

  private void start(TrafficRule rule) {
    var web = Samples.service("web", "10.0.0.1", 80, 30080);
    loop.offer(new Change.OfService(web.name(), web));
    loop.offer(
        new Change.OfOrders(
            new Orders(
                1,
                "r1",
                false,
                RecordingVariant.NFTABLES,
                null,
                false,
                rule,
                AffinityRule.AS_ASKED,
                Duration.ZERO,
                Duration.ZERO, // No audit.
                null,
                LogLevel.INFO)));
    Stream.of(Change.Source.values())
        .filter(source -> source != Change.Source.ADDRESSES)
        .forEach(source -> loop.offer(new Change.Listed(source)));
    loop.start();
  }

  private void watch() {
    space.call(
        () -> {
          addresses.start();
          return true;
        });
  }

  private void answersOn(String... expected) {
    Eventually.holds(
        SOON,
        () ->
            assertThat(kernel.held().node().nodePortAddresses())
                .containsExactlyElementsOf(Stream.of(expected).map(Ip::parse).toList()));
  }

  @Test
  @DisplayName("open on a new address and close on one that is gone, without an audit")
  void follow() throws Exception {
    start(new TrafficRule(null, false, false, List.of(Cidr.parse("192.168.0.0/16")), false));
    Eventually.stays(Duration.ofMillis(300), kernel::calls);
    assertThat(kernel.calls()).as("before the addresses are known").isEmpty();
    watch();
    answersOn("192.168.0.5");
    space.exec("ip", "addr", "add", "192.168.7.7/32", "dev", "eth0");
    answersOn("192.168.0.5", "192.168.7.7");
    space.exec("ip", "addr", "del", "192.168.0.5/24", "dev", "eth0");
    answersOn("192.168.7.7");
    space.exec("ip", "addr", "add", "fd02::5/64", "dev", "eth0", "nodad");
    answersOn("192.168.7.7", "fd02::5");
    space.exec("ip", "link", "del", "eth0");
    answersOn();
    assertThat(kernel.calls()).containsOnlyOnce("replace");
  }

  @Test
  @DisplayName("stay as they are, with the plan untouched, when a Pod's interface comes or goes")
  void pods() throws Exception {
    start(new TrafficRule(null, false, false, List.of(), false));
    watch();
    answersOn("192.168.0.5");
    List<String> before = kernel.calls();
    link("pod0");
    space.exec("ip", "addr", "add", "192.168.0.5/32", "dev", "pod0"); // Of the node already.
    space.exec("ip", "link", "del", "pod0");
    Eventually.stays(Duration.ofSeconds(1), kernel::calls);
    assertThat(kernel.calls()).isEqualTo(before);
  }

  @Test
  @DisplayName("of the Node object alone need no word of the interfaces")
  void primary() {
    start(TrafficRule.DEFAULT);
    Eventually.holds(SOON, () -> assertThat(kernel.calls()).containsExactly("replace"));
  }
}
