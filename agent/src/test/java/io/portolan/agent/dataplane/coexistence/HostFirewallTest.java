package io.portolan.agent.dataplane.coexistence;

import static io.portolan.agent.dataplane.coexistence.Traffic.PROHIBITED;
import static io.portolan.agent.dataplane.coexistence.Traffic.SILENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.dataplane.nftables.Testbed;
import io.portolan.agent.service.Protocol;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("beside a firewall of the host")
class HostFirewallTest {
  /** An administrator's rules: what is not let in or through vanishes. */
  private static final String CLOSED =
      """
      *filter
      :INPUT DROP [0:0]
      :FORWARD DROP [0:0]
      -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A INPUT -i lo -j ACCEPT
      -A INPUT -p icmp -j ACCEPT
      -A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -j ACCEPT
      -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      COMMIT
      """;

  /** What must be added for the Pods, whatever proxy there is: it is what flannel adds too. */
  @SuppressWarnings("InlineFormatString") // A file, read better by itself.
  private static final String PODS_PASS =
      """
      *filter
      -A FORWARD -s %1$s -j ACCEPT
      -A FORWARD -d %1$s -j ACCEPT
      COMMIT
      """;

  /** The same in the words of nft, as an administrator's {@code /etc/nftables.conf} has it. */
  private static final String CLOSED_BY_NFT =
      """
      table inet filter {
        chain input {
          type filter hook input priority filter; policy drop;
          ct state established,related accept
          iifname "lo" accept
          meta l4proto { icmp, ipv6-icmp } accept
          tcp dport 22 accept
        }
        chain forward {
          type filter hook forward priority filter; policy drop;
          ct state established,related accept
        }
      }
      """;

  /**
   * firewalld ({@code src/firewall/core/nftables.py}) with its zone public on the interface to the
   * outside and no zone on the Pods' side. Its chains hang 10 behind those of iptables.
   */
  private static final String FIREWALLD =
      """
      table inet firewalld {
        chain mangle_PREROUTING {
          type filter hook prerouting priority -140; policy accept;
          jump mangle_PREROUTING_ZONES
        }
        chain mangle_PREROUTING_ZONES {
        }
        chain nat_PREROUTING {
          type nat hook prerouting priority -90; policy accept;
          jump nat_PREROUTING_ZONES
        }
        chain nat_PREROUTING_ZONES {
          iifname "up0" goto nat_PRE_public
          goto nat_PRE_public
        }
        chain nat_PRE_public {
        }
        chain nat_POSTROUTING {
          type nat hook postrouting priority 110; policy accept;
          jump nat_POSTROUTING_ZONES
        }
        chain nat_POSTROUTING_ZONES {
          oifname "up0" goto nat_POST_public
          goto nat_POST_public
        }
        chain nat_POST_public {
        }
        chain nat_OUTPUT {
          type nat hook output priority -90; policy accept;
        }
        chain filter_PREROUTING {
          type filter hook prerouting priority 10; policy accept;
          icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
          meta nfproto ipv6 fib saddr . iif oif missing drop
        }
        chain filter_INPUT {
          type filter hook input priority 10; policy accept;
          ct state { established, related } accept
          ct status dnat accept
          iifname "lo" accept
          ct state invalid drop
          jump filter_INPUT_ZONES
          reject with icmpx admin-prohibited
        }
        chain filter_INPUT_ZONES {
          iifname "up0" goto filter_IN_public
          goto filter_IN_public
        }
        chain filter_IN_public {
          tcp dport 22 accept
          ip6 daddr fe80::/64 udp dport 546 accept
          meta l4proto { icmp, ipv6-icmp } accept
        }
        chain filter_FORWARD {
          type filter hook forward priority 10; policy accept;
          ct state { established, related } accept
          ct status dnat accept
          iifname "lo" accept
          ct state invalid drop
          ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24 } reject with icmpv6 addr-unreachable
          jump filter_FORWARD_ZONES
          reject with icmpx admin-prohibited
        }
        chain filter_FORWARD_ZONES {
        }
        chain filter_OUTPUT {
          type filter hook output priority 10; policy accept;
          ct state { established, related } accept
          oifname "lo" accept
        }
      }
      """;

  private static Testbed bed;
  private static Others others;
  private static @Nullable ServerSocket healthChecks;

  @BeforeAll
  static void open() throws InterruptedException {
    bed = Way.testbed();
    others = new Others(bed.node());
    var ready = new CountDownLatch(1);
    bed.node().start(() -> answerHealthChecks(ready));
    assertThat(ready.await(10, TimeUnit.SECONDS)).as("a listener on the node").isTrue();
  }

  private static void answerHealthChecks(CountDownLatch ready) {
    try (var server = new ServerSocket(Services.HEALTH_CHECK_PORT)) {
      healthChecks = server;
      ready.countDown();
      while (true) {
        try (var peer = server.accept()) {
          peer.getOutputStream().write("healthy".getBytes(StandardCharsets.UTF_8));
        }
      }
    } catch (IOException e) {
      // The tests are over, or a client went away.
    }
  }

  @AfterAll
  static void close() throws IOException {
    if (healthChecks != null) {
      healthChecks.close();
    }
    if (bed != null) {
      bed.close();
    }
  }

  private static String healthCheck(boolean v6, String expected) {
    return Traffic.ask(
        bed.client(), Protocol.TCP, Traffic.node(v6), Services.HEALTH_CHECK_PORT, expected);
  }

  private static void closeHost(Guest guest, boolean podsPass) {
    for (boolean v6 : List.of(false, true)) {
      String program = (v6 ? "ip6tables-" : "iptables-") + guest.othersBackend();
      others.restore(program, v6 ? CLOSED.replace("-p icmp", "-p ipv6-icmp") : CLOSED);
      if (podsPass) {
        others.restore(program, PODS_PASS.formatted(v6 ? "fd44::/64" : "10.244.0.0/16"));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName(
      "policies DROP of iptables: mode iptables lets NodePorts and health checks in, mode nftables"
          + " nothing; Pods pass in neither, as with kube-proxy")
  void closed(Guest guest) {
    closeHost(guest, false);
    try (var stay = new Stay(bed, guest)) {
      var silent = EnumSet.copyOf(Way.FORWARDED);
      if (guest.iptables()) {
        silent.remove(Way.OUTSIDE_TO_NODE_PORT);
        silent.remove(Way.POD_TO_ITSELF);
      }
      String health = guest.iptables() ? "healthy" : SILENCE;
      stay.wholeLife(
          endpoint -> {
            Way.all(bed, endpoint, silent);
            assertThat(healthCheck(false, health)).isEqualTo(health);
            assertThat(healthCheck(true, health)).isEqualTo(health);
          });
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("policies DROP of iptables, and the ranges of the Pods are let through: all works")
  void closedButPods(Guest guest) {
    closeHost(guest, true);
    try (var stay = new Stay(bed, guest)) {
      stay.wholeLife(Set.of());
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName(
      "policies drop of nftables drop in every mode what is forwarded, until they accept what was"
          + " translated")
  void closedByNft(Guest guest) {
    others.nft(CLOSED_BY_NFT);
    // Whether a refusal comes before the drop depends on whose chains are older.
    var ways = EnumSet.copyOf(Way.FORWARDED);
    ways.add(Way.NODE_TO_CLUSTER_IP);
    try (var stay = new Stay(bed, guest)) {
      stay.serve();
      Way.some(bed, 1, ways, Way.FORWARDED);
      assertThat(healthCheck(false, SILENCE)).isEqualTo(SILENCE);
      bed.node().exec("nft", "add rule inet filter forward ct status dnat accept");
      bed.node().exec("nft", "add rule inet filter input tcp dport 32000 accept");
      stay.othersChanged();
      Way.some(bed, 1, ways, Set.of());
      assertThat(healthCheck(false, "healthy")).isEqualTo("healthy");
      stay.change();
      Way.some(bed, 2, ways, Set.of());
      stay.audits();
      stay.leave();
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName(
      "firewalld lets through what was translated: all works; health check ports must be opened in"
          + " firewalld, whatever the mode")
  void firewalld(Guest guest) {
    others.nft(FIREWALLD);
    try (var stay = new Stay(bed, guest)) {
      stay.wholeLife(
          endpoint -> {
            Way.all(bed, endpoint, Set.of());
            assertThat(healthCheck(false, PROHIBITED)).isEqualTo(PROHIBITED);
            assertThat(healthCheck(true, PROHIBITED)).isEqualTo(PROHIBITED);
            assertThat(directly(false)).as("without a Service").isEqualTo(PROHIBITED);
            assertThat(directly(true)).as("without a Service").isEqualTo(PROHIBITED);
          });
    }
  }

  private static String directly(boolean v6) {
    return Traffic.ask(bed.client(), Protocol.TCP, Traffic.pod(1, v6), Testbed.PORT, PROHIBITED);
  }
}
