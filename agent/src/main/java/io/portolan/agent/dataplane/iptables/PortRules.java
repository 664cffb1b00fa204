package io.portolan.agent.dataplane.iptables;

import static io.portolan.agent.dataplane.iptables.Text.comment;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Target;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What one Service port has in the kernel: a chain for the endpoints of each policy that it uses,
 * rules in the trees that lead there, and elements of sets.
 */
final class PortRules {
  /** The longest time that ipset can keep, in seconds ({@code IPSET_MAX_TIMEOUT}). */
  static final int LONGEST_AFFINITY = 2_147_483;

  private final Stack stack;
  private final NodeFacts node;
  private final int markBit;
  private final PortPlan plan;
  private final String protocol;
  private final String owner;
  private final Map<TrafficPolicy, String> chains = new EnumMap<>(TrafficPolicy.class);
  private final Share share = new Share();

  private PortRules(Stack stack, NodeFacts node, int markBit, PortPlan plan) {
    this.stack = stack;
    this.node = node;
    this.markBit = markBit;
    this.plan = plan;
    protocol = plan.key().protocol().name().toLowerCase(Locale.ROOT);
    owner = plan.key().toString();
  }

  /**
   * The share of a Service port of the stack's family.
   *
   * @param node only how Pods are told matters
   */
  static Share of(Stack stack, NodeFacts node, int markBit, PortPlan plan) {
    var rules = new PortRules(stack, node, markBit, plan);
    rules.add();
    return rules.share;
  }

  private void add() {
    for (TrafficPolicy policy : policies(plan)) {
      List<Endpoint> pool = pool(policy);
      if (!pool.isEmpty()) {
        share.piece(
            Table.NAT, chain(policy), "", plan.affinitySeconds() > 0 ? sticky(pool) : plain(pool));
      }
    }
    for (Endpoint endpoint : endpoints(plan)) {
      share.member(
          SetKind.HAIRPIN,
          endpoint.ip() + "," + protocol + ":" + endpoint.port() + "," + endpoint.ip());
      if (plan.affinitySeconds() > 0) {
        share.clients().add(clients(endpoint));
      }
    }
    for (Frontend frontend : plan.frontends()) {
      switch (frontend) {
        case Frontend.Address address -> address(address);
        case Frontend.NodePort nodePort -> nodePort(nodePort);
      }
    }
    if (plan.healthCheckPort() > 0) {
      share.member(SetKind.HEALTH, Integer.toString(plan.healthCheckPort()));
    }
  }

  /** The endpoints that packets are sent to, each place once. */
  static Collection<Endpoint> endpoints(PortPlan plan) {
    var endpoints = new TreeSet<Endpoint>();
    policies(plan).forEach(policy -> endpoints.addAll(pool(plan, policy)));
    var places = new LinkedHashMap<String, Endpoint>();
    endpoints.forEach(endpoint -> places.putIfAbsent(endpoint.toString(), endpoint));
    return places.values();
  }

  private static Set<TrafficPolicy> policies(PortPlan plan) {
    var policies = EnumSet.noneOf(TrafficPolicy.class);
    for (Frontend frontend : plan.frontends()) {
      policies.add(plan.policy(frontend));
      if (plan.shortCircuits(frontend)) {
        policies.add(TrafficPolicy.CLUSTER);
      }
    }
    return policies;
  }

  /** The chain of the endpoints of a policy; its name costs a SHA-256. */
  private String chain(TrafficPolicy policy) {
    return chains.computeIfAbsent(policy, of -> Names.pool(plan.key(), of));
  }

  private List<Endpoint> pool(TrafficPolicy policy) {
    return pool(plan, policy);
  }

  private static List<Endpoint> pool(PortPlan plan, TrafficPolicy policy) {
    return plan.target(policy) instanceof Target.OneOf some ? some.endpoints() : List.of();
  }

  private List<Line> plain(List<Endpoint> pool) {
    var lines = new ArrayList<Line>();
    for (int i = 0; i < pool.size(); i++) {
      line(
          lines,
          "-p " + protocol + " " + (i == 0 ? comment(owner) + " " : "") + chance(pool, i),
          dnat(pool.get(i)));
    }
    return lines;
  }

  private List<Line> sticky(List<Endpoint> pool) {
    var lines = new ArrayList<Line>();
    String match = "-p " + protocol + " ";
    for (Endpoint endpoint : pool) {
      String known = "-m set --match-set " + clients(endpoint) + " src ";
      line(lines, known + (lines.isEmpty() ? comment(owner) + " " : ""), remember(endpoint));
      line(lines, match + known, dnat(endpoint));
    }
    for (int i = 0; i < pool.size(); i++) {
      Endpoint endpoint = pool.get(i);
      line(lines, chance(pool, i), remember(endpoint));
      line(lines, match + "-m set --match-set " + clients(endpoint) + " src ", dnat(endpoint));
    }
    // The set of the last one has no room for another client.
    line(lines, match, dnat(pool.getLast()));
    return lines;
  }

  private static String chance(List<Endpoint> pool, int index) {
    int left = pool.size() - index;
    return left == 1 ? "" : Text.oneIn(left) + " ";
  }

  private static String dnat(Endpoint endpoint) {
    return "-j DNAT --to-destination " + endpoint;
  }

  private String remember(Endpoint endpoint) {
    return "-j SET --add-set "
        + clients(endpoint)
        + " src --exist --timeout "
        + Math.min(plan.affinitySeconds(), LONGEST_AFFINITY);
  }

  private String clients(Endpoint endpoint) {
    return Names.clients(stack, plan.key(), endpoint);
  }

  private void line(List<Line> lines, String match, String action) {
    lines.add(new Line(match + action, owner));
  }

  private void address(Frontend.Address frontend) {
    Ip ip = frontend.ip();
    String place = ip + "," + protocol + ":" + frontend.port();
    share.member(
        frontend instanceof Frontend.ClusterIp
            ? SetKind.CLUSTER_IPS
            : plan.external() == TrafficPolicy.CLUSTER ? SetKind.EXTERNAL : SetKind.EXTERNAL_LOCAL,
        place);
    if (frontend instanceof Frontend.LoadBalancerIp && plan.guarded()) {
      plan.sources().stream()
          .flatMap(range -> Text.range(range).stream())
          .distinct()
          .forEach(range -> share.member(SetKind.SOURCES, place + "," + range));
      share.member(SetKind.GUARDED, place);
    }
    switch (plan.target(frontend)) {
      case Target.Refused none -> share.member(SetKind.REJECT, place);
      case Target.Dropped none -> share.member(SetKind.DROP, place);
      case Target.OneOf some -> {}
    }
    var lines = new ArrayList<Line>();
    lead(lines, "-d " + ip + (stack.v6() ? "/128 " : "/32 "), port(frontend), frontend);
    Branches.address(stack, ip).add(share, key(frontend), lines);
  }

  private void nodePort(Frontend.NodePort frontend) {
    String port = port(frontend);
    SetKind unserved =
        switch (plan.target(frontend)) {
          case Target.Refused none -> SetKind.PORTS_REJECT;
          case Target.Dropped none -> SetKind.PORTS_DROP;
          case Target.OneOf some -> null;
        };
    if (unserved != null) {
      Text.halves(stack.family())
          .forEach(half -> share.member(unserved, half + "," + protocol + ":" + frontend.port()));
    }
    var lines = new ArrayList<Line>();
    lead(lines, "", port, frontend);
    if (!lines.isEmpty()) {
      // Before all the others, which end the way through the chain.
      String outside =
          plan.external() == TrafficPolicy.CLUSTER
              ? port
              : Text.interfaces(node, false)
                  + port
                  + "-m addrtype --src-type LOCAL "
                  + Text.addresses(stack, node, false);
      lines.addFirst(new Line(outside + comment(owner) + " " + Text.mark(markBit), owner));
    }
    Branches.port(protocol, frontend.port()).add(share, key(frontend), lines);
  }

  private String port(Frontend frontend) {
    return "-p " + protocol + " -m " + protocol + " --dport " + frontend.port() + " ";
  }

  private String key(Frontend frontend) {
    return owner + " " + frontend;
  }

  /** Rules that send packets of a frontend to the chains of its policies. */
  private void lead(List<Line> lines, String address, String port, Frontend frontend) {
    TrafficPolicy policy = plan.policy(frontend);
    if (plan.shortCircuits(frontend) && !pool(TrafficPolicy.CLUSTER).isEmpty()) {
      String inside = comment(owner) + " -j " + chain(TrafficPolicy.CLUSTER);
      lines.add(
          new Line(
              address
                  + Text.interfaces(node, true)
                  + port
                  + Text.addresses(stack, node, true)
                  + inside,
              owner));
      lines.add(new Line(address + port + "-m addrtype --src-type LOCAL " + inside, owner));
    }
    if (!pool(policy).isEmpty()) {
      lines.add(new Line(address + port + comment(owner) + " -j " + chain(policy), owner));
    }
  }
}
