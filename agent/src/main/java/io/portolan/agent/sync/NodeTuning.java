package io.portolan.agent.sync;

import io.portolan.agent.kernel.Sysctl;
import io.portolan.api.v1alpha1.ConntrackStatus;
import io.portolan.api.v1alpha1.GoDuration;
import io.portolan.api.v1alpha1.LogLevel;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what orders say besides the plan: kernel settings and the level of the log. One
 * thread's.
 */
public final class NodeTuning {
  private static final Logger log = LoggerFactory.getLogger(NodeTuning.class);

  private final Sysctl sysctl;
  private final int cpus;
  private final Consumer<LogLevel> logLevel;

  private @Nullable Orders done;
  private List<String> complaints = List.of();
  private @Nullable ConntrackStatus conntrack;

  /**
   * @param sysctl rooted at {@code /proc/sys/net}
   * @param cpus cores of the node
   * @param logLevel told the level of every new order
   */
  public NodeTuning(Sysctl sysctl, int cpus, Consumer<LogLevel> logLevel) {
    this.sysctl = sysctl;
    this.cpus = cpus;
    this.logLevel = logLevel;
  }

  /** Does it, unless these orders are done already. */
  void follow(Orders orders) {
    if (!orders.equals(done)) {
      repeat(orders);
      complaints.forEach(complaint -> log.warn("{}", complaint));
    }
  }

  /** Does it, whatever was done before: another hand may have changed it since. */
  void repeat(Orders orders) {
    complaints = apply(orders);
    conntrack = conntrackOfKernel();
    done = orders;
  }

  /** What could not be done. */
  List<String> complaints() {
    return complaints;
  }

  /** What the kernel has after the last orders; null before them. */
  @Nullable ConntrackStatus conntrack() {
    return conntrack;
  }

  private List<String> apply(Orders orders) {
    logLevel.accept(orders.logLevel());
    var refused = new ArrayList<String>();
    try {
      SortedMap<String, Long> asked = ConntrackRule.sysctls(orders.conntrack(), cpus);
      asked.forEach((name, value) -> set(name, value, refused));
      long buckets = ConntrackRule.leastBuckets(asked);
      OptionalLong now = sysctl.get(ConntrackRule.BUCKETS);
      if (now.isPresent() && now.getAsLong() < buckets) {
        set(ConntrackRule.BUCKETS, buckets, refused);
      }
    } catch (IllegalArgumentException e) {
      refused.add("not set: " + e.getMessage());
    }
    return List.copyOf(refused);
  }

  private void set(String name, long value, List<String> refused) {
    try {
      sysctl.set(name, value);
    } catch (IOException e) {
      refused.add("not set: net/" + name + "=" + value + ": " + e);
    }
  }

  private ConntrackStatus conntrackOfKernel() {
    OptionalLong max = sysctl.get(ConntrackRule.MAX);
    OptionalLong liberal = sysctl.get(ConntrackRule.TCP_BE_LIBERAL);
    return new ConntrackStatus(
        max.isPresent() ? Long.valueOf(max.getAsLong()) : null,
        duration(ConntrackRule.TCP_ESTABLISHED),
        duration(ConntrackRule.TCP_CLOSE_WAIT),
        liberal.isPresent() ? Boolean.valueOf(liberal.getAsLong() != 0) : null,
        duration(ConntrackRule.UDP),
        duration(ConntrackRule.UDP_STREAM));
  }

  private @Nullable String duration(String name) {
    OptionalLong seconds = sysctl.get(name);
    return seconds.isPresent() ? GoDuration.format(Duration.ofSeconds(seconds.getAsLong())) : null;
  }
}
