package io.portolan.agent.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.probe.Outcome;
import io.portolan.agent.probe.Route;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.sync.DriftCount;
import io.portolan.agent.sync.SyncState;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.ProbePath;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MetricsTest {
  @Test
  @DisplayName("ended flows and the time for it have kube-proxy's names, by family, from the start")
  void flows() {
    try (var metrics = new Metrics()) {
      assertThat(metrics.scrape())
          .contains("kubeproxy_conntrack_reconciler_deleted_entries_total{ip_family=\"IPv6\"} 0.0");
      metrics.flowsEnded(IpFamily.IPV4, 3, Duration.ofMillis(20));
      metrics.flowsEnded(IpFamily.IPV4, 2, Duration.ofMillis(20));
      metrics.flowsKept(IpFamily.IPV6);
      assertThat(metrics.scrape())
          .contains("kubeproxy_conntrack_reconciler_deleted_entries_total{ip_family=\"IPv4\"} 5.0")
          .contains(
              "kubeproxy_conntrack_reconciler_sync_duration_seconds_count{ip_family=\"IPv4\"} 2")
          .contains(
              "kubeproxy_conntrack_reconciler_sync_duration_seconds_bucket{ip_family=\"IPv4\","
                  + "le=\"0.032\"} 2")
          .contains("portolan_conntrack_failures_total{ip_family=\"IPv6\"} 1.0");
    }
  }

  @Test
  @DisplayName("packets to NodePorts on loopback have kube-proxy's name, asked for at each scrape")
  void loopback() {
    try (var metrics = new Metrics()) {
      var packets = new AtomicLong(3);
      metrics.loopback(packets::get);
      String name = "kubeproxy_iptables_localhost_nodeports_accepted_packets_total ";
      assertThat(metrics.scrape()).contains(name + "3.0");
      packets.set(5);
      assertThat(metrics.scrape()).contains(name + "5.0");
    }
  }

  @Test
  @DisplayName("probes are counted by path, family and outcome; answered ones with their time")
  void probes() {
    try (var metrics = new Metrics()) {
      var route = new Route(ProbePath.POD, IpFamily.IPV6);
      metrics.probed(route, new Outcome.Answered(300_000));
      metrics.probed(route, new Outcome.Answered(300_000));
      metrics.probed(route, Outcome.VOID);
      assertThat(metrics.scrape())
          .contains("portolan_probes_total{ip_family=\"IPv6\",outcome=\"ok\",path=\"pod\"} 2.0")
          .contains("portolan_probes_total{ip_family=\"IPv6\",outcome=\"void\",path=\"pod\"} 1.0")
          .contains("portolan_probes_total{ip_family=\"IPv6\",outcome=\"failed\",path=\"pod\"} 0.0")
          .contains(
              "portolan_probe_duration_seconds_bucket{ip_family=\"IPv6\",path=\"pod\","
                  + "le=\"5.0E-4\"} 2");
      metrics.probed(route, Outcome.FAILED);
      assertThat(metrics.scrape())
          .contains(
              "portolan_probes_total{ip_family=\"IPv6\",outcome=\"failed\",path=\"pod\"} 1.0");
    }
  }

  @Test
  @DisplayName("the mode that serves is told, and each way to another one that failed is counted")
  void modes() {
    try (var metrics = new Metrics()) {
      metrics.state(state(SyncState.Phase.SYNCED, Mode.NFTABLES, ""));
      assertThat(metrics.scrape())
          .contains("portolan_mode_info{backend=\"\",mode=\"nftables\"} 1")
          .contains("portolan_switch_failures_total 0.0");
      metrics.state(state(SyncState.Phase.SWITCH_FAILED, Mode.NFTABLES, ""));
      metrics.state(state(SyncState.Phase.SWITCH_FAILED, Mode.NFTABLES, ""));
      metrics.state(state(SyncState.Phase.SWITCHING, Mode.NFTABLES, ""));
      metrics.state(state(SyncState.Phase.SWITCH_FAILED, Mode.NFTABLES, ""));
      metrics.state(state(SyncState.Phase.SYNCED, Mode.IPTABLES, "legacy"));
      assertThat(metrics.scrape())
          .contains("portolan_mode_info{backend=\"legacy\",mode=\"iptables\"} 1")
          .doesNotContain("mode=\"nftables\"")
          .contains("portolan_switch_failures_total 2.0");
    }
  }

  private static SyncState state(SyncState.Phase phase, Mode mode, String backend) {
    var held = new SyncState.Held("r1", mode, backend, "", 1, 1, Instant.EPOCH);
    return new SyncState(phase, "", 1, held, DriftCount.NONE, List.of(), null, null, List.of());
  }
}
