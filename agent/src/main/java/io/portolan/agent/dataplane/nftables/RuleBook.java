package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.ProbeSource;
import io.portolan.agent.service.Protocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rules of a table. Their number does not depend on the number of Services:
 *
 * <pre>
 * prerouting, output -> services -> pick-N | sticky-N-S | outside-... | reject-service | drop-service
 *                                -> firewall -> the same
 *                       outside-... -> inside -> pick-N | sticky-N-S
 * postrouting -> masquerade | masquerade-own
 * </pre>
 *
 * <p>{@link Doors} are the rules of the first and the last line's base chains: without any nothing
 * comes in, or leaves, by them.
 *
 * <p>A packet has no mark: a pick chain finds the number of the endpoints from the packet's
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
  static final String DROP = "drop-service";
  static final String FIREWALL = "firewall";
  static final String INSIDE = "inside";
  static final String MASQUERADE = "masquerade";
  static final String MASQUERADE_OWN = "masquerade-own";

  /** The chains that always exist, apart from those that hooks lead to. */
  static final Set<String> FIXED =
      Set.of(
          SERVICES,
          REJECT,
          DROP,
          FIREWALL,
          Door.SERVICE.prefix() + INSIDE,
          Door.NODEPORT.prefix() + INSIDE,
          MASQUERADE,
          MASQUERADE_OWN);

  private static final int STATUS_DNAT = 1 << 5; // IPS_DST_NAT, nf_conntrack_common.h

  private static final int LOCAL_ADDRESS = 2; // RTN_LOCAL, rtnetlink.h

  /** Register of the chosen address and, after it, port; those below hold at most two addresses. */
  private static final int ADDRESS = 11;

  private final Table table;

  /** Registers that an address takes. */
  private final int a;

  RuleBook(Table table) {
    this.table = table;
    a = table.words();
  }

  /** Where packets come in. */
  static final Set<String> ENTRANCE = Set.of(PREROUTING, OUTPUT);

  /** The chains that always exist, with their rules, in the order in which they are made. */
  Map<String, List<Rule>> chains(NodeFacts node, Doors doors) {
    var chains = new LinkedHashMap<String, List<Rule>>();
    try (var rule = new RuleWriter(table)) {
      chains.put(REJECT, reject(rule));
      chains.put(DROP, List.of(rule.drop().rule("no endpoints here")));
      for (Door door : Door.values()) {
        chains.put(door.prefix() + INSIDE, inside(rule, door, node));
      }
      chains.put(FIREWALL, firewall(rule));
      chains.put(SERVICES, services(rule));
      chains.put(PREROUTING, entrance(rule, doors));
      chains.put(OUTPUT, entrance(rule, doors));
      chains.put(
          MASQUERADE, List.of(rule.masquerade().rule("answers come back through this node")));
      chains.put(MASQUERADE_OWN, masqueradeOwn(rule, node));
      chains.put(POSTROUTING, doors.exit() ? postrouting(rule, node) : List.of());
    }
    return chains;
  }

  /** The rules of a base chain where packets come in. */
  List<Rule> entrance(Doors doors) {
    try (var rule = new RuleWriter(table)) {
      return entrance(rule, doors);
    }
  }

  private List<Rule> entrance(RuleWriter rule, Doors doors) {
    if (!doors.serve()) {
      return doors.probes()
          ? List.of(fromProbe(rule).jump(SERVICES).rule("the agent's own probes"))
          : List.of();
    }
    Rule everyone = rule.jump(SERVICES).rule("new connections");
    return doors.probes()
        ? List.of(everyone)
        : List.of(fromProbe(rule).giveBack().rule("not the agent's own probes"), everyone);
  }

  private RuleWriter fromProbe(RuleWriter rule) {
    return rule.sourceAddress(0).isAddress(0, ProbeSource.of(table.family()));
  }

  private List<Rule> services(RuleWriter rule) {
    return List.of(
        asked(rule, Door.SERVICE).verdict(NamedSet.SERVICES, 0).rule("addresses of Services"),
        asked(rule.destinationAddress(0).in(NamedSet.NODE_ADDRESSES, 0), Door.NODEPORT)
            .verdict(NamedSet.NODEPORTS, 0)
            .rule("NodePorts"),
        rule.destinationAddress(0)
            .in(NamedSet.CLUSTER_IPS, 0)
            .goTo(REJECT)
            .rule("a ClusterIP without such a port"),
        rule.destinationAddress(0)
            .in(NamedSet.SERVICE_RANGES, 0)
            .drop()
            .rule("a ClusterIP that no Service has"));
  }

  private List<Rule> reject(RuleWriter rule) {
    if (table == Table.IPV4) {
      return List.of(rule.rejectByIcmp().rule("no endpoints"));
    }
    return List.of(
        // A client in SYN-SENT takes ICMPv6's word for it only after a second.
        rule.protocol(0).isProtocol(0, Protocol.TCP.number()).rejectByReset().rule("no endpoints"),
        rule.rejectByIcmp().rule("no endpoints"));
  }

  /** Packets to a load balancer's address with source ranges. */
  private List<Rule> firewall(RuleWriter rule) {
    return List.of(
        asked(
                asked(rule, Door.SERVICE).sourceAddress(a + 2).in(NamedSet.SOURCE_RANGES, 0),
                Door.SERVICE)
            .verdict(NamedSet.GUARDED_SERVICES, 0)
            .rule("an admitted source"),
        rule.drop().rule("not in loadBalancerSourceRanges"));
  }

  /** Packets under external policy Local that it does not bind; others come back from here. */
  private List<Rule> inside(RuleWriter rule, Door door, NodeFacts node) {
    return List.of(
        asked(fromPod(rule, node), door).verdict(door.inside(), 0).rule("from a Pod"),
        asked(rule.sourceType(0).isMark(0, LOCAL_ADDRESS), door)
            .verdict(door.inside(), 0)
            .rule("from the node itself"));
  }

  private List<Rule> masqueradeOwn(RuleWriter rule, NodeFacts node) {
    return List.of(
        fromPod(rule, node).giveBack().rule("a Pod keeps its address"),
        rule.sourceType(0)
            .isMark(0, LOCAL_ADDRESS)
            .masquerade()
            .rule("the node's address may be the Service's own"));
  }

  private List<Rule> postrouting(RuleWriter rule, NodeFacts node) {
    var rules = new ArrayList<Rule>();
    rules.add(rule.status(0).mask(0, STATUS_DNAT).isMark(0, 0).giveBack().rule("not to a Service"));
    rules.add(
        rule.sourceAddress(0)
            .destinationAddress(a)
            .in(NamedSet.HAIRPIN, 0)
            .masquerade()
            .rule("a Pod that reaches itself"));
    rules.add(
        originally(rule, Door.SERVICE)
            .verdict(NamedSet.EXTERNAL_SERVICES, 0)
            .rule("external addresses"));
    rules.add(
        originally(rule.originalAddress(0).in(NamedSet.NODE_ADDRESSES, 0), Door.NODEPORT)
            .verdict(NamedSet.EXTERNAL_NODEPORTS, 0)
            .rule("NodePorts"));
    rules.addAll(clusterIps(rule, node));
    return List.copyOf(rules);
  }

  /** Masquerading of connections to ClusterIPs; the last rules of postrouting. */
  private List<Rule> clusterIps(RuleWriter rule, NodeFacts node) {
    if (node.masqueradeAll()) {
      return List.of(toClusterIp(rule).masquerade().rule("ClusterIPs, from anywhere"));
    }
    if (!node.pods().known(table.family())) {
      return List.of();
    }
    Rule pods = fromPod(rule, node).giveBack().rule("a Pod keeps its address");
    return switch (node.pods()) {
      case PodSources.Ranges ranges ->
          List.of(pods, toClusterIp(rule).masquerade().rule("ClusterIPs, from outside the Pods"));
      case PodSources.Interfaces interfaces ->
          List.of(
              toClusterIp(rule.sourceType(0).isMark(0, LOCAL_ADDRESS))
                  .masquerade()
                  .rule("ClusterIPs, from the node itself"),
              pods,
              // What br_netfilter carries from one port of a bridge to another has come from
              // nowhere by now: Pods that are neighbours.
              toClusterIp(rule.fromIndex(0).isNotMark(0, 0))
                  .masquerade()
                  .rule("ClusterIPs, from outside the Pods"));
    };
  }

  private RuleWriter toClusterIp(RuleWriter rule) {
    return rule.originalAddress(0).in(NamedSet.CLUSTER_IPS, 0);
  }

  /** Goes on only with packets of Pods. */
  private static RuleWriter fromPod(RuleWriter rule, NodeFacts node) {
    return switch (node.pods()) {
      case PodSources.Ranges ranges -> rule.sourceAddress(0).in(NamedSet.POD_RANGES, 0);
      case PodSources.Interfaces pods -> rule.from(0).isName(0, pods.name(), pods.prefix());
    };
  }

  /** What the packet asks for, from register 0 on: the key of the maps of a door. */
  private RuleWriter asked(RuleWriter rule, Door door) {
    return door == Door.SERVICE
        ? rule.destinationAddress(0).protocol(a).destinationPort(a + 1)
        : rule.protocol(0).destinationPort(1);
  }

  /** The same, of a packet that was translated. */
  private RuleWriter originally(RuleWriter rule, Door door) {
    return door == Door.SERVICE
        ? rule.originalAddress(0).protocol(a).originalPort(a + 1)
        : rule.protocol(0).originalPort(1);
  }

  /** The rules of a pick chain; each one is tried only when the ones before it found nothing. */
  List<Rule> pick(PickChain chain) {
    try (var rule = new RuleWriter(table)) {
      var rules = new ArrayList<Rule>();
      if (chain.outside()) {
        rules.add(rule.jump(chain.door().prefix() + INSIDE).rule("Pods and the node itself"));
      }
      if (chain.endpoints() == 0) {
        rules.add(rule.drop().rule("no endpoints here"));
      } else {
        rules.addAll(chain.affinitySeconds() == 0 ? plain(rule, chain) : sticky(rule, chain));
      }
      return List.copyOf(rules);
    }
  }

  private List<Rule> plain(RuleWriter rule, PickChain chain) {
    int id = a + 1;
    return List.of(
        dnat(
            number(rule, chain)
                .random(id + 1, chain.endpoints())
                .map(NamedSet.ENDPOINTS, id, ADDRESS),
            "one of " + chain.endpoints() + ", by their number"),
        dnat(
            number(rule, chain).random(id + 1, 1).map(NamedSet.ENDPOINTS, id, ADDRESS),
            "the slot has just gone"),
        rule.drop().rule("the Service has just gone: the client tries again"));
  }

  private List<Rule> sticky(RuleWriter rule, PickChain chain) {
    int endpoint = a;
    int id = a + 1;
    int client = a + 2;
    int seconds = chain.affinitySeconds();
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

  /** The number of an endpoint into register a: of one of so many slots. */
  private RuleWriter slot(RuleWriter rule, int slots) {
    return rule.random(a, slots).map(NamedSet.STICKY_SLOTS, a, a - 1);
  }

  /** Its address, if the Service port still has the endpoint. */
  private RuleWriter stickyEndpoint(RuleWriter rule) {
    return rule.map(NamedSet.STICKY_ENDPOINTS, a, ADDRESS);
  }

  /** The number of the packet's endpoints into register a+1; uses all registers below. */
  private RuleWriter number(RuleWriter rule, PickChain chain) {
    Door door = chain.door();
    NamedSet ids = chain.outside() ? door.outsideIds() : door.ids();
    return door == Door.SERVICE
        ? asked(rule, door).map(ids, 0, a)
        : rule.protocol(a).destinationPort(a + 1).map(ids, a, a);
  }

  private Rule dnat(RuleWriter rule, String comment) {
    return rule.dnat(ADDRESS, ADDRESS + a).rule(comment);
  }
}
