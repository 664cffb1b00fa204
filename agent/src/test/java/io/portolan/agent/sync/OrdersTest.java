package io.portolan.agent.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.agent.dataplane.DataplaneSettings;
import io.portolan.agent.plan.AffinityRule;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.TrafficRule;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.switching.Wish;
import io.portolan.api.v1alpha1.Affinity;
import io.portolan.api.v1alpha1.Conntrack;
import io.portolan.api.v1alpha1.ConntrackStatus;
import io.portolan.api.v1alpha1.DetectLocal;
import io.portolan.api.v1alpha1.DetectLocalMode;
import io.portolan.api.v1alpha1.Iptables;
import io.portolan.api.v1alpha1.IptablesBackend;
import io.portolan.api.v1alpha1.LogLevel;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.Settings;
import io.portolan.api.v1alpha1.Sync;
import io.portolan.api.v1alpha1.Traffic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrdersTest {

  private static NodeProxySpec spec(Traffic traffic, String audit, @Nullable Conntrack conntrack) {
    return new NodeProxySpec(
        "r1",
        NodeState.ACTIVE,
        new Settings(
            Mode.AUTO,
            new Affinity("1h30m", "2h"),
            traffic,
            conntrack,
            new Sync("250ms", audit),
            LogLevel.DEBUG,
            new Iptables(IptablesBackend.AUTO, 12),
            null));
  }

  private static Traffic traffic(DetectLocalMode mode, List<String> nodePorts) {
    return new Traffic(
        new DetectLocal(mode, List.of("10.0.0.0/8"), null, null), true, nodePorts, null);
  }

  @Test
  @DisplayName("a spec becomes orders")
  void all() {
    var conntrack = new Conntrack(null, null, null, null, null, null, null);
    Orders orders =
        Orders.of(
            7,
            spec(
                traffic(DetectLocalMode.CLUSTER_CIDR, List.of("primary", "fd00::/8")),
                "1m",
                conntrack),
            null);
    assertThat(orders)
        .isEqualTo(
            new Orders(
                7,
                "r1",
                false,
                new Wish(Mode.AUTO, IptablesBackend.AUTO, new DataplaneSettings(1 << 12)),
                null,
                false,
                new TrafficRule(
                    new PodSources.Ranges(List.of(Cidr.parse("10.0.0.0/8"))),
                    true,
                    true,
                    List.of(Cidr.parse("fd00::/8")),
                    true),
                new AffinityRule(5400, 7200),
                Duration.ofMillis(250),
                Duration.ofMinutes(1),
                conntrack,
                LogLevel.DEBUG));
  }

  @Test
  @DisplayName("what cannot be understood is refused with the name of the field")
  void refused() {
    assertThatThrownBy(
            () ->
                Orders.of(
                    1, spec(traffic(DetectLocalMode.NODE_CIDR, List.of("eth0")), "1m", null), null))
        .hasMessageContaining("traffic.nodePortAddresses")
        .hasMessageContaining("eth0");
    assertThatThrownBy(
            () -> Orders.of(1, spec(traffic(DetectLocalMode.NONE, List.of()), "often", null), null))
        .hasMessageContaining("sync.auditInterval")
        .hasMessageContaining("often");
  }

  @Test
  @DisplayName("NodePorts answer on loopback unless the settings say no")
  void loopback() {
    for (@Nullable Boolean setting : new @Nullable Boolean[] {null, true, false}) {
      var traffic = new Traffic(null, null, List.of("127.0.0.0/8"), setting);
      assertThat(Orders.of(1, spec(traffic, "1m", null), null).traffic().loopback())
          .isEqualTo(setting == null || setting);
    }
  }

  @Test
  @DisplayName("Pods are told by a bridge or by the beginning of interface names where so asked")
  void interfaces() {
    var bridge = new DetectLocal(DetectLocalMode.BRIDGE_INTERFACE, List.of(), "cni0", null);
    var prefix = new DetectLocal(DetectLocalMode.INTERFACE_NAME_PREFIX, null, null, "veth");
    assertThat(pods(bridge)).isEqualTo(new PodSources.Interfaces("cni0", false));
    assertThat(pods(prefix)).isEqualTo(new PodSources.Interfaces("veth", true));
    assertThat(pods(new DetectLocal(DetectLocalMode.NONE, null, null, null)))
        .isEqualTo(PodSources.UNKNOWN);
    assertThat(pods(new DetectLocal(null, null, null, null))).as("by the Node").isNull();
    assertThatThrownBy(
            () -> pods(new DetectLocal(DetectLocalMode.BRIDGE_INTERFACE, null, null, null)))
        .hasMessageContaining("traffic.detectLocal.bridgeInterface");
    assertThatThrownBy(
            () -> pods(new DetectLocal(DetectLocalMode.INTERFACE_NAME_PREFIX, null, "x", "")))
        .hasMessageContaining("traffic.detectLocal.interfaceNamePrefix");
  }

  private static @Nullable PodSources pods(DetectLocal detect) {
    return Orders.of(1, spec(new Traffic(detect, null, null, null), "1m", null), null)
        .traffic()
        .pods();
  }

  @Test
  @DisplayName("conntrack settings become sysctls; what is absent or 0 is not touched")
  void conntrack() {
    assertThat(ConntrackRule.sysctls(null, 4)).isEmpty();
    assertThat(ConntrackRule.sysctls(new Conntrack(0, 10, "0s", null, null, null, null), 4))
        .isEmpty();
    assertThat(
            ConntrackRule.sysctls(new Conntrack(32768, 131072, "24h", "1h", true, "30s", "2m"), 2))
        .isEqualTo(
            Map.of(
                "netfilter/nf_conntrack_max",
                131072L,
                "netfilter/nf_conntrack_tcp_be_liberal",
                1L,
                "netfilter/nf_conntrack_tcp_timeout_established",
                86400L,
                "netfilter/nf_conntrack_tcp_timeout_close_wait",
                3600L,
                "netfilter/nf_conntrack_udp_timeout",
                30L,
                "netfilter/nf_conntrack_udp_timeout_stream",
                120L));
    assertThat(ConntrackRule.sysctls(new Conntrack(100, 10, null, null, null, null, null), 8))
        .containsEntry("netfilter/nf_conntrack_max", 800L);
    assertThat(ConntrackRule.sysctls(new Conntrack(32768, 10, null, null, null, null, null), 256))
        .as("many cores")
        .containsEntry("netfilter/nf_conntrack_max", 1048576L);
    assertThat(
            ConntrackRule.sysctls(new Conntrack(1, 2_000_000, null, null, null, null, null), 256))
        .as("min stands whatever the cores say")
        .containsEntry("netfilter/nf_conntrack_max", 2_000_000L);
  }

  @Test
  @DisplayName("sysctls are written below the root; one that cannot be is told, the others done")
  void tuning(@TempDir Path root) throws Exception {
    var folder = Files.createDirectories(root.resolve("netfilter"));
    Files.writeString(folder.resolve("nf_conntrack_max"), "1000\n");
    var levels = new ArrayList<LogLevel>();
    var tuning = new NodeTuning(new io.portolan.agent.kernel.Sysctl(root), 2, levels::add);
    tuning.follow(
        Orders.of(
            1,
            spec(
                traffic(DetectLocalMode.NONE, List.of()),
                "1m",
                new Conntrack(5000, null, null, null, true, null, null)),
            null));
    assertThat(folder.resolve("nf_conntrack_max")).hasContent("10000");
    assertThat(tuning.complaints())
        .singleElement()
        .asString()
        .contains("nf_conntrack_tcp_be_liberal");
    assertThat(levels).containsExactly(LogLevel.DEBUG);
  }

  @Test
  @DisplayName("what the kernel has after the orders is told; what it lacks is absent")
  void readBack(@TempDir Path root) throws Exception {
    var folder = Files.createDirectories(root.resolve("netfilter"));
    Files.writeString(folder.resolve("nf_conntrack_max"), "1000\n");
    Files.writeString(folder.resolve("nf_conntrack_buckets"), "512\n");
    Files.writeString(folder.resolve("nf_conntrack_udp_timeout"), "30\n");
    Files.writeString(folder.resolve("nf_conntrack_tcp_timeout_established"), "432000\n");
    var tuning = new NodeTuning(new io.portolan.agent.kernel.Sysctl(root), 2, level -> {});
    assertThat(tuning.conntrack()).isNull();
    Orders orders =
        Orders.of(
            1,
            spec(
                traffic(DetectLocalMode.NONE, List.of()),
                "1m",
                new Conntrack(5000, null, null, null, null, "90s", null)),
            null);
    tuning.follow(orders);
    assertThat(tuning.complaints()).isEmpty();
    assertThat(tuning.conntrack())
        .isEqualTo(new ConntrackStatus(10000L, "120h", null, null, "90s", null));
    assertThat(folder.resolve("nf_conntrack_buckets")).as("for short chains").hasContent("2500");

    Files.writeString(folder.resolve("nf_conntrack_max"), "1\n");
    Files.writeString(folder.resolve("nf_conntrack_tcp_timeout_established"), "60\n");
    tuning.repeat(orders);
    assertThat(tuning.conntrack())
        .as("ours is set again, the rest is told as it is")
        .isEqualTo(new ConntrackStatus(10000L, "1m", null, null, "90s", null));
  }
}
