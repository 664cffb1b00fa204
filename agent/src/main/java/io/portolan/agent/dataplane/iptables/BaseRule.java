package io.portolan.agent.dataplane.iptables;

/**
 * A rule in a chain of the kernel's own.
 *
 * @param chain such as {@code PREROUTING}
 * @param rule as {@code iptables-save} prints it, without {@code -A} and the chain
 */
record BaseRule(Table table, String chain, String rule) {
  /** Whether it is of the entrance: asked before a packet's route is final. */
  boolean entrance() {
    return table == Table.NAT && !chain.equals("POSTROUTING");
  }

  /** The chain that it leads to when that is one of ours; else empty. */
  String leadsTo() {
    for (String way : new String[] {"-j " + Names.PREFIX, "-g " + Names.PREFIX}) {
      int at = rule.indexOf(way);
      if (at >= 0) {
        int end = rule.indexOf(' ', at + 3);
        return end < 0 ? rule.substring(at + 3) : rule.substring(at + 3, end);
      }
    }
    return "";
  }
}
