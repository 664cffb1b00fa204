package io.portolan.agent.dataplane.iptables;

import static io.portolan.agent.dataplane.iptables.Text.comment;
import static io.portolan.agent.dataplane.iptables.Text.hex;
import static io.portolan.agent.dataplane.iptables.Text.in;
import static io.portolan.agent.dataplane.iptables.Text.mark;
import static io.portolan.agent.dataplane.iptables.Text.notIn;

import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules that are there for any number of Services.
 *
 * @param markBit on packets to be masqueraded, from PREROUTING or OUTPUT until POSTROUTING
 * @param dropInvalid whether forwarded packets that conntrack has no connection for are dropped:
 *     unless it is liberal, it takes answers for such that came late, and they would leave with the
 *     address of the endpoint (kubernetes issue 74839)
 */
record NodeRules(Stack stack, int markBit, boolean dropInvalid) {
  static final String SERVICES = "PORTOLAN-SERVICES";
  static final String IPS = "PORTOLAN-IPS";
  static final String PORTS = "PORTOLAN-PORTS";
  static final String POSTROUTING = "PORTOLAN-POSTROUTING";
  static final String FIREWALL = "PORTOLAN-FIREWALL";
  static final String INPUT = "PORTOLAN-INPUT";
  static final String FORWARD = "PORTOLAN-FORWARD";
  static final String OUTPUT = "PORTOLAN-OUTPUT";

  static final Ip LOOPBACK = Ip.parse("127.0.0.1");

  Share share(NodeFacts node) {
    var share = new Share();
    fixed(share, Table.NAT, SERVICES, services(node));
    fixed(share, Table.NAT, IPS, List.of());
    fixed(share, Table.NAT, PORTS, List.of());
    fixed(share, Table.NAT, POSTROUTING, postrouting(node));
    fixed(share, Table.FILTER, FIREWALL, firewall());
    fixed(share, Table.FILTER, INPUT, input(node));
    fixed(share, Table.FILTER, FORWARD, forward());
    fixed(share, Table.FILTER, OUTPUT, List.of(toFirewall()));
    if (loopback(node)) {
      Text.halves(stack.family()).forEach(half -> share.member(SetKind.LOOPBACK, half));
    }
    for (Ip ip : node.nodePortAddresses()) {
      if (ip.family() == stack.family()) {
        share.member(SetKind.NODE_IPS, ip.toString());
      }
    }
    if (node.pods() instanceof PodSources.Ranges pods) {
      for (Cidr range : pods.ranges()) {
        if (range.base().family() == stack.family()) {
          Text.range(range).forEach(element -> share.member(SetKind.PODS, element));
        }
      }
    }
    return share;
  }

  private static void fixed(Share share, Table table, String chain, List<String> rules) {
    share.piece(table, chain, "", rules.stream().map(Line::of).toList());
  }

  private List<String> services(NodeFacts node) {
    var rules = new ArrayList<String>();
    rules.add(guarded() + " " + comment("not in loadBalancerSourceRanges") + " -j RETURN");
    rules.add(
        in(stack, SetKind.EXTERNAL, "dst,dst")
            + " "
            + comment("answers must come back through this node")
            + " "
            + mark(markBit));
    rules.add(
        Text.interfaces(node, false)
            + "-m addrtype --src-type LOCAL "
            + Text.addresses(stack, node, false)
            + in(stack, SetKind.EXTERNAL_LOCAL, "dst,dst")
            + " "
            + comment("sent by the node itself")
            + " "
            + mark(markBit));
    if (node.masqueradeAll()) {
      rules.add(
          in(stack, SetKind.CLUSTER_IPS, "dst,dst")
              + " "
              + comment("ClusterIPs, from anywhere")
              + " "
              + mark(markBit));
    } else if (node.pods().known(stack.family())) {
      rules.add(
          Text.interfaces(node, false)
              + Text.addresses(stack, node, false)
              + in(stack, SetKind.CLUSTER_IPS, "dst,dst")
              + " "
              + comment("ClusterIPs, from outside the Pods")
              + " "
              + mark(markBit));
    }
    rules.add(comment("addresses of Services") + " -j " + IPS);
    rules.add(in(stack, SetKind.NODE_IPS, "dst") + " " + comment("NodePorts") + " -j " + PORTS);
    return rules;
  }

  private List<String> postrouting(NodeFacts node) {
    var rules = new ArrayList<String>();
    rules.add(hairpin() + " -j MASQUERADE --random-fully");
    rules.add("-m mark ! --mark %s/%s -j RETURN".formatted(hex(markBit), hex(markBit)));
    if (loopback(node)) {
      // What the node sends to itself is always marked, so all of it comes by here.
      rules.add(
          "-m conntrack --ctstate DNAT --ctorigdst 127.0.0.0/8 "
              + in(stack, SetKind.LOOPBACK, "src")
              + " "
              + comment("counts NodePorts on loopback"));
    }
    rules.add("-j MARK --set-xmark " + hex(markBit) + "/0x0");
    rules.add("-j MASQUERADE --random-fully");
    return rules;
  }

  private boolean loopback(NodeFacts node) {
    return !stack.v6() && node.nodePortAddresses().contains(LOOPBACK);
  }

  private List<String> firewall() {
    var rules = new ArrayList<String>();
    rules.add(guarded() + " " + comment("not in loadBalancerSourceRanges") + " -j DROP");
    String none = comment("no endpoints");
    String here = comment("no endpoints here");
    rules.addAll(rejected(in(stack, SetKind.REJECT, "dst,dst") + " " + none));
    rules.add(in(stack, SetKind.DROP, "dst,dst") + " " + here + " -j DROP");
    String nodePort = in(stack, SetKind.NODE_IPS, "dst") + " ";
    rules.addAll(rejected(nodePort + in(stack, SetKind.PORTS_REJECT, "dst,dst") + " " + none));
    rules.add(nodePort + in(stack, SetKind.PORTS_DROP, "dst,dst") + " " + here + " -j DROP");
    return rules;
  }

  private List<String> rejected(String match) {
    return !stack.v6()
        ? List.of(match + " -j REJECT --reject-with icmp-port-unreachable")
        : List.of(
            // A client in SYN-SENT takes ICMPv6's word for it only after a second.
            "-p tcp " + match + " -j REJECT --reject-with tcp-reset",
            match + " -j REJECT --reject-with icmp6-port-unreachable");
  }

  private String guarded() {
    return in(stack, SetKind.GUARDED, "dst,dst")
        + " "
        + notIn(stack, SetKind.SOURCES, "dst,dst,src");
  }

  private List<String> input(NodeFacts node) {
    var rules = new ArrayList<String>();
    if (loopback(node)) {
      rules.add(
          "! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT "
              + comment("route_localnet is not for others")
              + " -j DROP");
    }
    rules.add(
        "-p tcp "
            + in(stack, SetKind.HEALTH, "dst")
            + " "
            + comment("health check node ports")
            + " -j ACCEPT");
    rules.add(toFirewall());
    return rules;
  }

  private List<String> forward() {
    var rules = new ArrayList<String>();
    rules.add(toFirewall());
    if (dropInvalid) {
      rules.add("-m conntrack --ctstate INVALID -j DROP");
    }
    rules.add(
        "-m mark --mark %s/%s ".formatted(hex(markBit), hex(markBit))
            + comment("to a Service")
            + " -j ACCEPT");
    rules.add(
        "-m conntrack --ctstate RELATED,ESTABLISHED "
            + comment("of connections that were let through")
            + " -j ACCEPT");
    // POSTROUTING knows these without a mark; kube-proxy marks them, and so lets them through.
    rules.add(hairpin() + " -j ACCEPT");
    return rules;
  }

  private String hairpin() {
    return "-m conntrack --ctstate DNAT "
        + in(stack, SetKind.HAIRPIN, "dst,dst,src")
        + " "
        + comment("a Pod that reaches itself");
  }

  private static String toFirewall() {
    return "-m conntrack --ctstate NEW " + comment("new connections") + " -j " + FIREWALL;
  }
}
