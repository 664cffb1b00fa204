package io.portolan.agent.sync;

import io.portolan.api.v1alpha1.Conntrack;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which kernel settings a {@link Conntrack} asks for. */
final class ConntrackRule {
  static final String MAX = "netfilter/nf_conntrack_max";
  static final String BUCKETS = "netfilter/nf_conntrack_buckets";
  static final String TCP_BE_LIBERAL = "netfilter/nf_conntrack_tcp_be_liberal";
  static final String TCP_ESTABLISHED = "netfilter/nf_conntrack_tcp_timeout_established";
  static final String TCP_CLOSE_WAIT = "netfilter/nf_conntrack_tcp_timeout_close_wait";
  static final String UDP = "netfilter/nf_conntrack_udp_timeout";
  static final String UDP_STREAM = "netfilter/nf_conntrack_udp_timeout_stream";

  /** Many cores must not make a table that eats the memory; kube-proxy 1.37 has the same bound. */
  private static final long MOST_BY_CORES = 1 << 20;

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
      sysctls.put(MAX, Math.max(Math.min((long) perCore * cpus, MOST_BY_CORES), least));
    }
    if (asked.tcpBeLiberal() != null) {
      sysctls.put(TCP_BE_LIBERAL, asked.tcpBeLiberal() ? 1L : 0L);
    }
    timeout(sysctls, TCP_ESTABLISHED, asked.tcpEstablishedTimeout());
    timeout(sysctls, TCP_CLOSE_WAIT, asked.tcpCloseWaitTimeout());
    timeout(sysctls, UDP, asked.udpTimeout());
    timeout(sysctls, UDP_STREAM, asked.udpStreamTimeout());
    return sysctls;
  }

  /**
   * How many buckets the table needs at least for what is asked, so that its chains stay short: one
   * for four entries, as kube-proxy has it. 0: it may stay as it is.
   */
  static long leastBuckets(SortedMap<String, Long> asked) {
    return asked.getOrDefault(MAX, 0L) / 4;
  }

  private static void timeout(
      SortedMap<String, Long> sysctls, String name, @Nullable String duration) {
    long seconds = Orders.duration("conntrack", duration, Duration.ZERO).toSeconds();
    // As in KubeProxyConfiguration, 0 leaves the kernel's value alone.
    if (seconds > 0) {
      sysctls.put(name, seconds);
    }
  }
}
