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
 * <p>Registers are laid out for a weakness of nft. It does not know how wide the value of a map is:
 * of a key that is made of such a value it prints an error at best, and nft 1.0.6 ends with a
 * failed assertion. It only takes notice of the first register that a map writes to, though. So
 * numbers are kept behind the protocol, which lands in that first register, and nft prints for the
 * number what had been in its register before: the port, the protocol or the random number.
 */
final class RuleBook {
  static final String PREROUTING = "prerouting";
  static final String OUTPUT = "output";
  static final String POSTROUTING = "postrouting";
  static final String SERVICES = "services";
  static final String REJECT = "reject-service";

  private static final int STATUS_DNAT = 1 << 5; // IPS_DST_NAT, nf_conntrack_common.h

  /** Register of the chosen address and, after it, port; those below hold at most two addresses. */
  private static final int ADDRESS = 11;

  private final Table table;

  /** Registers that an address takes. */
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
    int id = a + 1;
    try (var rule = new RuleWriter(table)) {
      return List.of(
          dnat(
              number(rule, chain)
                  .random(id + 1, chain.endpoints())
                  .map(NamedSet.ENDPOINTS, id, ADDRESS),
              "one of " + chain.endpoints() + ", by the number of the Service port"),
          dnat(
              number(rule, chain).random(id + 1, 1).map(NamedSet.ENDPOINTS, id, ADDRESS),
              "the slot has just gone"),
          rule.drop().rule("the Service has just gone: the client tries again"));
    }
  }

  private List<Rule> sticky(PickChain chain) {
    int endpoint = a;
    int id = a + 1;
    int client = a + 2;
    int seconds = chain.affinitySeconds();
    try (var rule = new RuleWriter(table)) {
      return List.of(
          dnat(
              stickyEndpoint(
                      number(rule, chain)
                          .sourceAddress(client)
                          .protocol(endpoint)
                          .map(NamedSet.AFFINITY, id, endpoint - 1))
                  .protocol(endpoint - 1)
                  .remember(NamedSet.AFFINITY, id, endpoint - 1, seconds),
              "a known client, whose endpoint is there"),
          dnat(
              stickyEndpoint(slot(number(rule, chain).sourceAddress(client), chain.endpoints()))
                  .protocol(endpoint - 1)
                  // An element that is there would keep its old endpoint.
                  .forget(NamedSet.AFFINITY, id, endpoint - 1)
                  .remember(NamedSet.AFFINITY, id, endpoint - 1, seconds),
              "a new client: one of " + chain.endpoints()),
          dnat(
              stickyEndpoint(slot(number(rule, chain), chain.endpoints())),
              "no room to remember the client"),
          dnat(stickyEndpoint(slot(number(rule, chain), 1)), "the slot has just gone"),
          rule.drop().rule("the Service has just gone: the client tries again"));
    }
  }

  /** The number of an endpoint into register a: of one of so many slots. */
  private RuleWriter slot(RuleWriter rule, int slots) {
    return rule.random(a, slots).map(NamedSet.STICKY_SLOTS, a, a - 1);
  }

  /** Its address, if the Service port still has the endpoint. */
  private RuleWriter stickyEndpoint(RuleWriter rule) {
    return rule.map(NamedSet.STICKY_ENDPOINTS, a, ADDRESS);
  }

  /** The number of the packet's Service port into register a+1; uses all registers below. */
  private RuleWriter number(RuleWriter rule, PickChain chain) {
    if (chain.nodePort()) {
      return rule.protocol(a).destinationPort(a + 1).map(NamedSet.NODEPORT_IDS, a, a);
    }
    return rule.destinationAddress(0)
        .protocol(a)
        .destinationPort(a + 1)
        .map(NamedSet.SERVICE_IDS, 0, a);
  }

  private Rule dnat(RuleWriter rule, String comment) {
    return rule.dnat(ADDRESS, ADDRESS + a).rule(comment);
  }
}
