package io.portolan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Scrape")
class ScrapeTest {
  @Test
  @DisplayName("of kube-proxy's families IPv4 counts, and other metrics do not")
  void families() {
    Scrape scrape =
        Scrape.parse(
            """
            # TYPE kubeproxy_sync_proxy_rules_duration_seconds histogram
            kubeproxy_sync_proxy_rules_duration_seconds_bucket{ip_family="IPv4",le="0.001"} 7
            kubeproxy_sync_proxy_rules_duration_seconds_sum{ip_family="IPv4"} 1.5
            kubeproxy_sync_proxy_rules_duration_seconds_count{ip_family="IPv4"} 3
            kubeproxy_sync_proxy_rules_duration_seconds_sum{ip_family="IPv6"} 9
            kubeproxy_sync_proxy_rules_duration_seconds_count{ip_family="IPv6"} 9
            """);
    assertThat(scrape).isEqualTo(new Scrape(3, 1.5));
  }

  @Test
  @DisplayName("the mean is that of the syncs between two looks")
  void mean() {
    Scrape scrape =
        Scrape.parse(
            """
            kubeproxy_sync_proxy_rules_duration_seconds_count 12
            kubeproxy_sync_proxy_rules_duration_seconds_sum 2.0
            """);
    assertThat(scrape.meanMillisSince(new Scrape(10, 1.0))).isEqualTo(500);
    assertThat(scrape.meanMillisSince(scrape)).isZero();
  }
}
