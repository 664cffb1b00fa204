package io.portolan.agent.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.service.IpFamily;
import java.time.Duration;
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
}
