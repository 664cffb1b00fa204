package io.portolan.agent.sync;

import io.portolan.agent.kernel.Sysctl;
import io.portolan.api.v1alpha1.LogLevel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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

  /** Does it, unless these orders are done already; returns what could not be done. */
  List<String> follow(Orders orders) {
    if (!orders.equals(done)) {
      complaints = apply(orders);
      complaints.forEach(complaint -> log.warn("not set: {}", complaint));
      done = orders;
    }
    return complaints;
  }

  private List<String> apply(Orders orders) {
    logLevel.accept(orders.logLevel());
    var refused = new ArrayList<String>();
    try {
      ConntrackRule.sysctls(orders.conntrack(), cpus)
          .forEach(
              (name, value) -> {
                try {
                  sysctl.set(name, value);
                } catch (IOException e) {
                  refused.add("net/" + name + "=" + value + ": " + e);
                }
              });
    } catch (IllegalArgumentException e) {
      refused.add(String.valueOf(e.getMessage()));
    }
    return List.copyOf(refused);
  }
}
