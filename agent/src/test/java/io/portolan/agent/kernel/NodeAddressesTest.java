package io.portolan.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.service.Ip;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@DisplayName("The addresses of the node")
class NodeAddressesTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration QUIET = Duration.ofMillis(300);

  private NetworkNamespace space;
  private NodeAddresses addresses;

  @BeforeEach
  void open() {
    space = NetworkNamespace.create("addresses");
    link("eth0");
    up("eth0");
    space.exec("ip", "addr", "add", "192.168.0.5/24", "dev", "eth0");
    addresses = space.call(NodeAddresses::open);
  }

  @AfterEach
  void close() {
    try {
      addresses.close();
    } finally {
      space.close();
    }
  }

  private void link(String name) {
    space.exec("ip", "link", "add", name, "type", "veth", "peer", "name", name + "-peer");
  }

  private void up(String name) {
    space.exec("ip", "link", "set", name + "-peer", "up");
    space.exec("ip", "link", "set", name, "up");
  }

  private static List<Ip> ips(String... texts) {
    return Stream.of(texts).map(Ip::parse).toList();
  }

  @Test
  @DisplayName("are those that other hosts can reach, each once: no loopback, no link-local ones")
  void list() {
    link("eth1");
    up("eth1"); // Brings an address of fe80::/10.
    space.exec("ip", "addr", "add", "192.168.0.5/32", "dev", "eth1");
    space.exec("ip", "addr", "add", "169.254.7.7/16", "dev", "eth1");
    space.exec("ip", "addr", "add", "10.9.0.1", "peer", "10.9.0.2", "dev", "eth1");
    space.exec("ip", "addr", "add", "fd02::5/64", "dev", "eth1", "nodad");
    space.exec("ip", "addr", "add", "fd02::6/64", "dev", "eth1", "preferred_lft", "0", "nodad");
    space.exec("ip", "addr", "add", "172.16.0.1/32", "dev", "lo");
    assertThat(addresses.list())
        .isEqualTo(ips("10.9.0.1", "172.16.0.1", "192.168.0.5", "fd02::5", "fd02::6"));
  }

  @Test
  @DisplayName("of IPv6 count once it is known that nobody else has them")
  void tentative() {
    link("eth1");
    space.exec("ip", "addr", "add", "fd02::7/64", "dev", "eth1");
    assertThat(space.exec("ip", "addr", "show", "dev", "eth1")).contains("tentative");
    assertThat(addresses.list()).isEqualTo(ips("192.168.0.5"));
    up("eth1");
    changes(ips("192.168.0.5", "fd02::7"));
  }

  @Test
  @DisplayName("are told to have changed when one comes or goes, or its interface does")
  void changes() {
    changes(() -> space.exec("ip", "addr", "add", "192.168.0.6/24", "dev", "eth0"));
    assertThat(addresses.list()).isEqualTo(ips("192.168.0.5", "192.168.0.6"));
    changes(() -> space.exec("ip", "addr", "add", "fd02::5/64", "dev", "eth0", "nodad"));
    changes(() -> space.exec("ip", "addr", "del", "192.168.0.6/24", "dev", "eth0"));
    assertThat(addresses.list()).isEqualTo(ips("192.168.0.5", "fd02::5"));
    changes(() -> space.exec("ip", "link", "del", "eth0"));
    assertThat(addresses.list()).isEmpty();
  }

  @Test
  @DisplayName("have not changed when the interface of a Pod comes or goes")
  void pods() {
    for (int i = 0; i < 5; i++) {
      link("pod" + i);
      up("pod" + i);
    }
    assertThat(space.exec("ip", "-6", "addr")).contains("fe80::");
    assertThat(changedDuring(QUIET)).isFalse();
    space.exec("ip", "link", "del", "pod0");
    space.exec("ip", "addr", "add", "127.0.0.7/8", "dev", "lo");
    assertThat(changedDuring(QUIET)).isFalse();
  }

  @Test
  @DisplayName("count as changed when more happened than the socket holds, whatever it was")
  void overflow(@TempDir Path folder) throws Exception {
    // Addresses that never matter: without the overflow nothing would be told.
    List<String> lines =
        IntStream.range(0, 60_000)
            .mapToObj(
                i ->
                    "addr "
                        + (i % 2 == 0 ? "add" : "del")
                        + " 169.254."
                        + i / 2 % 16384 / 64
                        + "."
                        + (1 + i / 2 % 64)
                        + "/32 dev lo")
            .toList();
    Path batch = Files.write(folder.resolve("batch"), lines);
    space.exec("ip", "-batch", batch.toString());
    assertThat(addresses.changed(SOON)).isTrue();
    assertThat(addresses.list()).isEqualTo(ips("192.168.0.5"));
    assertThat(changedDuring(QUIET)).isFalse();
    changes(() -> space.exec("ip", "addr", "add", "192.168.0.6/24", "dev", "eth0"));
  }

  private void changes(Runnable cause) {
    cause.run();
    assertThat(changedDuring(SOON)).as("told within %s", SOON).isTrue();
  }

  /** Until the list is so; the kernel may come to it in several steps. */
  private void changes(List<Ip> expected) {
    long end = System.nanoTime() + SOON.toNanos();
    while (!addresses.list().equals(expected) && System.nanoTime() < end) {
      addresses.changed(QUIET);
    }
    assertThat(addresses.list()).isEqualTo(expected);
  }

  private boolean changedDuring(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    boolean changed = false;
    while (!changed && System.nanoTime() < end) {
      changed = addresses.changed(QUIET);
    }
    return changed;
  }
}
