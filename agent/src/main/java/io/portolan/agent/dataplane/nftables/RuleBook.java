package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.service.Protocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules of a table. Their number does not depend on the number of Services:
 *
 * <pre>
 * prerouting, output -> services -> pick-N | sticky-N-S | reject-service
 * postrouting
 * </pre>
 *
 * <p>A packet has no mark: a pick chain finds the number of the Service port from the packet's
 * destination, and {@code postrouting} learns from conntrack what the client had asked for.
 *
 * <p>Numbers are kept times 16 where a rule reads them and goes on with them, and shifted back
 * there. nft knows how wide a shifted value is, but not how wide the value of a map is, and nft
 * 1.0.6 stops with a failed assertion when a key is made of such a value.
 */
final class RuleBook {
  static final String PREROUTING = "prerouting";
  static final String OUTPUT = "output";
  static final String POSTROUTING = "postrouting";
  static final String SERVICES = "services";
  static final String REJECT = "reject-service";

  /** Bits by which numbers are shifted in the maps that rules read them from. */
  static final int SHIFT = 4;

  private static final int STATUS_DNAT = 1 << 5; // IPS_DST_NAT, nf_conntrack_common.h

  private final Table table;
  private final int a;

  RuleBook(Table table) {
    this.table = table;
    a = table.words();
  }

  /** The chains that always exist, with their rules, in the order in which they are made. */
  Map<String, List<Rule>> chains(NodeFacts node) {
    var chains = new LinkedHashMap<String, List<Rule>>();
    chains.put(REJECT, reject());
    chains.put(SERVICES, services());
    chains.put(PREROUTING, toServices());
    chains.put(OUTPUT, toServices());
    chains.put(POSTROUTING, postrouting(node));
    return chains;
  }

  private List<Rule> toServices() {
    try (var rule = new RuleWriter(table)) {
      return List.of(rule.jump(SERVICES).rule("new connections"));
    }
  }

  private List<Rule> services() {
    try (var rule = new RuleWriter(table)) {
      return List.of(
          rule.destinationAddress(0)
              .protocol(a)
              .destinationPort(a + 1)
              .verdict(NamedSet.SERVICES, 0)
              .rule("ClusterIPs"),
          rule.destinationAddress(0)
              .in(NamedSet.NODE_ADDRESSES, 0)
              .protocol(0)
              .destinationPort(1)
              .verdict(NamedSet.NODEPORTS, 0)
              .rule("NodePorts"));
    }
  }

  private List<Rule> reject() {
    try (var rule = new RuleWriter(table)) {
      if (table == Table.IPV4) {
        return List.of(rule.rejectByIcmp().rule("no endpoints"));
      }
      return List.of(
          // A client in SYN-SENT takes ICMPv6's word for it only after a second.
          rule.protocol(0)
              .isProtocol(0, Protocol.TCP.number())
              .rejectByReset()
              .rule("no endpoints"),
          rule.rejectByIcmp().rule("no endpoints"));
    }
  }

  /**
   * Masquerading.
   *
   * @param node decides whether connections to ClusterIPs are masqueraded for their source
   */
  List<Rule> postrouting(NodeFacts node) {
    try (var rule = new RuleWriter(table)) {
      var rules = new ArrayList<Rule>();
      rules.add(rule.status(0).mask(0, STATUS_DNAT).isZero(0).giveBack().rule("not to a Service"));
      rules.add(
          rule.sourceAddress(0)
              .destinationAddress(a)
              .in(NamedSet.HAIRPIN, 0)
              .masquerade()
              .rule("a Pod that reaches itself"));
      rules.add(
          rule.originalAddress(0)
              .in(NamedSet.NODE_ADDRESSES, 0)
              .protocol(0)
              .originalPort(1)
              .map(NamedSet.NODEPORT_IDS, 0, 2)
              .isNotZero(2)
              .masquerade()
              .rule("NodePorts: answers come back through this node"));
      if (node.masqueradeAll()) {
        rules.add(
            rule.originalAddress(0)
                .in(NamedSet.CLUSTER_IPS, 0)
                .masquerade()
                .rule("ClusterIPs, from anywhere"));
      } else if (Ranges.known(node, table)) {
        rules.add(
            rule.originalAddress(0)
                .in(NamedSet.CLUSTER_IPS, 0)
                .sourceAddress(0)
                .notIn(NamedSet.POD_RANGES, 0)
                .masquerade()
                .rule("ClusterIPs, from outside the Pods"));
      }
      return List.copyOf(rules);
    }
  }

  /** The rules of a pick chain; each one is tried only when the ones before it found nothing. */
  List<Rule> pick(PickChain chain) {
    return chain.affinitySeconds() == 0 ? plain(chain) : sticky(chain);
  }

  private List<Rule> plain(PickChain chain) {
    try (var rule = new RuleWriter(table)) {
      return List.of(
          plain(number(rule, chain, 0, 2).random(1, chain.endpoints()))
              .rule("one of " + chain.endpoints()),
          plain(number(rule, chain, 0, 2).constant(1, 0)).rule("the slot has just gone"),
          rule.drop().rule("the Service has just gone: the client tries again"));
    }
  }

  private RuleWriter plain(RuleWriter rule) {
    return rule.map(NamedSet.ENDPOINTS, 0, 4).dnat(4, 4 + a);
  }

  /** Registers: client 0, number of the Service port a, of the endpoint a+1, its address a+3. */
  private List<Rule> sticky(PickChain chain) {
    int seconds = chain.affinitySeconds();
    try (var rule = new RuleWriter(table)) {
      return List.of(
          stickyEndpoint(
                  number(rule.sourceAddress(0), chain, a, a + 2).map(NamedSet.AFFINITY, 0, a + 2))
              .remember(NamedSet.AFFINITY, 0, a + 2, seconds)
              .dnat(a + 3, 2 * a + 3)
              .rule("a known client, whose endpoint is there"),
          stickyEndpoint(
                  number(rule.sourceAddress(0), chain, a, a + 2)
                      .random(a + 1, chain.endpoints())
                      .map(NamedSet.STICKY_SLOTS, a, a + 2))
              // An element that is there would keep its old endpoint.
              .forget(NamedSet.AFFINITY, 0, a + 2)
              .remember(NamedSet.AFFINITY, 0, a + 2, seconds)
              .dnat(a + 3, 2 * a + 3)
              .rule("a new client: one of " + chain.endpoints()),
          stickyEndpoint(
                  number(rule, chain, a, a + 2)
                      .random(a + 1, chain.endpoints())
                      .map(NamedSet.STICKY_SLOTS, a, a + 2))
              .dnat(a + 3, 2 * a + 3)
              .rule("no room to remember the client"),
          stickyEndpoint(
                  number(rule, chain, a, a + 2)
                      .constant(a + 1, 0)
                      .map(NamedSet.STICKY_SLOTS, a, a + 2))
              .dnat(a + 3, 2 * a + 3)
              .rule("the slot has just gone"),
          rule.drop().rule("the Service has just gone: the client tries again"));
    }
  }

  /**
   * From the stored number of an endpoint in a+2 to its number in a+1 and its address and port in
   * a+3, if the Service port still has it.
   */
  private RuleWriter stickyEndpoint(RuleWriter rule) {
    return rule.shiftRight(a + 2, a + 1, SHIFT).map(NamedSet.STICKY_ENDPOINTS, a, a + 3);
  }

  /** The number of the packet's Service port into {@code to}; {@code free}: a+2 free registers. */
  private RuleWriter number(RuleWriter rule, PickChain chain, int to, int free) {
    if (chain.nodePort()) {
      rule.protocol(free).destinationPort(free + 1).map(NamedSet.NODEPORT_IDS, free, free);
    } else {
      rule.destinationAddress(free)
          .protocol(free + a)
          .destinationPort(free + a + 1)
          .map(NamedSet.SERVICE_IDS, free, free);
    }
    return rule.shiftRight(free, to, SHIFT);
  }
}
