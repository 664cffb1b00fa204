package io.portolan.agent.sync;

import io.portolan.api.v1alpha1.Conntrack;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which kernel settings a {@link Conntrack} asks for. */
final class ConntrackRule {
  private ConntrackRule() {}

  /**
   * Names below {@code net} and their values; what the settings do not mention is absent.
   *
   * @param cpus cores of the node
   * @throws IllegalArgumentException when a duration cannot be understood
   */
  static SortedMap<String, Long> sysctls(@Nullable Conntrack asked, int cpus) {
    var sysctls = new TreeMap<String, Long>();
    if (asked == null) {
      return sysctls;
    }
    int perCore = asked.maxPerCore() == null ? 0 : asked.maxPerCore();
    // 0 per core leaves the limit alone, whatever the minimum says; kube-proxy reads it so too.
    if (perCore > 0) {
      long least = asked.min() == null ? 0 : asked.min();
      sysctls.put("netfilter/nf_conntrack_max", Math.max((long) perCore * cpus, least));
    }
    if (asked.tcpBeLiberal() != null) {
      sysctls.put("netfilter/nf_conntrack_tcp_be_liberal", asked.tcpBeLiberal() ? 1L : 0L);
    }
    timeout(sysctls, "tcp_timeout_established", asked.tcpEstablishedTimeout());
    timeout(sysctls, "tcp_timeout_close_wait", asked.tcpCloseWaitTimeout());
    timeout(sysctls, "udp_timeout", asked.udpTimeout());
    timeout(sysctls, "udp_timeout_stream", asked.udpStreamTimeout());
    return sysctls;
  }

  private static void timeout(
      SortedMap<String, Long> sysctls, String name, @Nullable String duration) {
    long seconds = Orders.duration("conntrack", duration, Duration.ZERO).toSeconds();
    // As in KubeProxyConfiguration, 0 leaves the kernel's value alone.
    if (seconds > 0) {
      sysctls.put("netfilter/nf_conntrack_" + name, seconds);
    }
  }
}
