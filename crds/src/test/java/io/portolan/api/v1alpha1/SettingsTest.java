package io.portolan.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static final Settings DEFAULTS =
      new Settings(
          Mode.NFTABLES,
          new Affinity("3h", "24h"),
          new Traffic(
              new DetectLocal(DetectLocalMode.NODE_CIDR, List.of(), null, null),
              false,
              List.of("primary"),
              true),
          null,
          new Sync("0s", "5m"),
          LogLevel.INFO,
          new Iptables(IptablesBackend.AUTO, 12),
          null);

  @Test
  @DisplayName("an empty spec has every default, and leaves connection tracking alone")
  void empty() {
    var empty =
        new ProxyConfigSpec(null, null, null, null, null, null, null, null, null, null, null, null);
    assertThat(Settings.of(empty)).isEqualTo(DEFAULTS);
  }

  @Test
  @DisplayName("an empty block has the same defaults as an absent one")
  void emptyBlocks() {
    var spec =
        new ProxyConfigSpec(
            null,
            null,
            null,
            new Affinity(null, null),
            null,
            new Traffic(new DetectLocal(null, null, null, null), null, null, null),
            null,
            new Sync(null, null),
            new AgentPod(null, null, null, null),
            null,
            null,
            null);
    assertThat(Settings.of(spec)).isEqualTo(DEFAULTS);
  }

  @Test
  @DisplayName("the interface by which Pods are told is handed on")
  void interfaces() {
    var bridge = new DetectLocal(DetectLocalMode.BRIDGE_INTERFACE, List.of(), "cni0", null);
    var prefix = new DetectLocal(DetectLocalMode.INTERFACE_NAME_PREFIX, List.of(), null, "veth");
    for (var detect : List.of(bridge, prefix)) {
      var spec =
          new ProxyConfigSpec(
              null,
              null,
              null,
              null,
              null,
              new Traffic(detect, null, null, null),
              null,
              null,
              null,
              null,
              null,
              null);
      assertThat(Settings.of(spec).traffic().detectLocal()).isEqualTo(detect);
    }
  }

  @Test
  @DisplayName("what the user sets wins, and each default stands for itself")
  void mixed() {
    var conntrack = new Conntrack(32768, null, "24h", null, null, null, null);
    var spec =
        new ProxyConfigSpec(
            null,
            7,
            Mode.AUTO,
            new Affinity("30m", null),
            null,
            new Traffic(
                new DetectLocal(DetectLocalMode.CLUSTER_CIDR, List.of("10.244.0.0/16"), null, null),
                true,
                null,
                true),
            conntrack,
            new Sync(null, "1m"),
            new AgentPod("agent:1", LogLevel.DEBUG, null, null),
            null,
            null,
            null);
    assertThat(Settings.of(spec))
        .isEqualTo(
            new Settings(
                Mode.AUTO,
                new Affinity("30m", "24h"),
                new Traffic(
                    new DetectLocal(
                        DetectLocalMode.CLUSTER_CIDR, List.of("10.244.0.0/16"), null, null),
                    true,
                    List.of("primary"),
                    true),
                conntrack,
                new Sync("0s", "1m"),
                LogLevel.DEBUG,
                new Iptables(IptablesBackend.AUTO, 12),
                null));
  }
}
