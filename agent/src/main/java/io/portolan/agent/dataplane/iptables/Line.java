package io.portolan.agent.dataplane.iptables;

/**
 * One rule.
 *
 * @param rule as {@code iptables-save} prints it, without {@code -A} and the chain
 * @param owner the Service port it is for, as people know it; empty when it is for all of them
 */
record Line(String rule, String owner) {
  /** A rule for all Services. */
  static Line of(String rule) {
    return new Line(rule, "");
  }
}
