package io.portolan.agent.dataplane.iptables;

import java.util.List;

/**
 * A rule with matches and targets as ours have them.
 *
 * @param module what the kernel needs for it
 */
record TrialRule(String rule, String module) {

  /**
   * One of each sort that a table gets.
   *
   * @param set of addresses with timeouts
   */
  static List<TrialRule> of(Table table, Stack stack, String set) {
    return table == Table.NAT ? nat(stack, set) : filter(stack);
  }

  private static List<TrialRule> nat(Stack stack, String set) {
    String endpoint = stack.v6() ? "[2001:db8::1]:80" : "192.0.2.1:80";
    return List.of(
        new TrialRule("-m set --match-set " + set + " src -j RETURN", "xt_set"),
        new TrialRule("-j SET --add-set " + set + " src --exist --timeout 1", "xt_set"),
        new TrialRule("-m addrtype --src-type LOCAL -j RETURN", "xt_addrtype"),
        new TrialRule("-m mark ! --mark 0x1000/0x1000 -j RETURN", "xt_mark"),
        new TrialRule("-j MARK --set-xmark 0x1000/0x1000", "xt_mark"),
        new TrialRule(Text.oneIn(3) + " -j RETURN", "xt_statistic"),
        new TrialRule(Text.comment("a word") + " -j RETURN", "xt_comment"),
        new TrialRule("-p tcp -m tcp --dport 1:2 -j DNAT --to-destination " + endpoint, "xt_nat"),
        new TrialRule("-p udp -m udp --dport 1 -j RETURN", "xt_tcpudp"),
        new TrialRule("-p sctp -m sctp --dport 1 -j RETURN", "xt_sctp"),
        new TrialRule("-m conntrack --ctstate DNAT -j RETURN", "xt_conntrack"),
        new TrialRule("-j MASQUERADE --random-fully", "xt_MASQUERADE"));
  }

  private static List<TrialRule> filter(Stack stack) {
    String version = stack.v6() ? "6" : "";
    String module = stack.v6() ? "ip6t_REJECT" : "ipt_REJECT";
    return List.of(
        new TrialRule("-m conntrack --ctstate NEW -j ACCEPT", "xt_conntrack"),
        new TrialRule("-p tcp -j REJECT --reject-with tcp-reset", module),
        new TrialRule("-j REJECT --reject-with icmp" + version + "-port-unreachable", module));
  }

  /** A rule that the kernel takes in the other table alone. */
  static String refused(Table table) {
    return table == Table.NAT ? "-j REJECT" : "-j MASQUERADE";
  }
}
