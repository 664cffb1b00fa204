package io.portolan.agent.sync;

import io.portolan.agent.kernel.Sysctl;
import io.portolan.api.v1alpha1.LogLevel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Carries out what orders say besides the plan: kernel settings and the level of the log. */
public final class NodeTuning {
  private final Sysctl sysctl;
  private final int cpus;
  private final Consumer<LogLevel> logLevel;

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

  /** Does it; returns what could not be done. */
  List<String> apply(Orders orders) {
    logLevel.accept(orders.logLevel());
    var complaints = new ArrayList<String>();
    try {
      ConntrackRule.sysctls(orders.conntrack(), cpus)
          .forEach(
              (name, value) -> {
                try {
                  sysctl.set(name, value);
                } catch (IOException e) {
                  complaints.add("net/" + name + "=" + value + ": " + e);
                }
              });
    } catch (IllegalArgumentException e) {
      complaints.add(String.valueOf(e.getMessage()));
    }
    return complaints;
  }
}
