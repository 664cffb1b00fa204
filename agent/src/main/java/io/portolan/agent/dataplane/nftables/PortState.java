package io.portolan.agent.dataplane.nftables;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Target;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One Service port in the kernel: its plan, and its endpoints for each policy that it uses. */
final class PortState {
  /** Gives the endpoints of a policy their number and slots. */
  @FunctionalInterface
  interface Pooling {
    PoolState of(TrafficPolicy policy, List<Endpoint> endpoints, boolean sticky);
  }

  private final PortPlan plan;
  private final @Nullable PoolState cluster;
  private final @Nullable PoolState local;

  private PortState(PortPlan plan, @Nullable PoolState cluster, @Nullable PoolState local) {
    this.plan = plan;
    this.cluster = cluster;
    this.local = local;
  }

  static PortState of(PortPlan plan, Pooling pooling) {
    boolean sticky = plan.affinitySeconds() > 0;
    boolean inside = uses(plan, TrafficPolicy.CLUSTER);
    boolean here = uses(plan, TrafficPolicy.LOCAL);
    return new PortState(
        plan,
        inside ? pooling.of(TrafficPolicy.CLUSTER, plan.pools().cluster(), sticky) : null,
        here ? pooling.of(TrafficPolicy.LOCAL, plan.pools().local(), sticky) : null);
  }

  /** The same Service port with a new plan; new pools come from {@code fresh}. */
  PortState next(PortPlan changed, Pooling fresh) {
    return of(
        changed,
        (policy, endpoints, sticky) -> {
          PoolState known = policy == TrafficPolicy.CLUSTER ? cluster : local;
          return known == null
              ? fresh.of(policy, endpoints, sticky)
              : known.next(endpoints, sticky);
        });
  }

  /** Whether some frontend may send by that policy. */
  static boolean uses(PortPlan plan, TrafficPolicy policy) {
    for (Frontend f : plan.frontends()) {
      if (plan.policy(f) == policy || (policy == TrafficPolicy.CLUSTER && plan.shortCircuits(f))) {
        return true;
      }
    }
    return false;
  }

  /** The map that holds the number of a policy's endpoints for one frontend; null: none does. */
  static @Nullable NamedSet numbers(PortPlan plan, Frontend frontend, TrafficPolicy policy) {
    Door door = Door.of(frontend);
    if (plan.shortCircuits(frontend)) {
      return policy == TrafficPolicy.CLUSTER ? door.ids() : door.outsideIds();
    }
    return plan.policy(frontend) == policy ? door.ids() : null;
  }

  List<Integer> ids() {
    return pools().map(PoolState::id).toList();
  }

  PortPlan plan() {
    return plan;
  }

  Table table() {
    return Table.of(plan.key().family());
  }

  /** Its endpoints for each policy that it uses. */
  Stream<PoolState> pools() {
    return Stream.of(cluster, local).flatMap(Stream::ofNullable);
  }

  private PoolState pool(TrafficPolicy policy) {
    return Objects.requireNonNull(policy == TrafficPolicy.CLUSTER ? cluster : local);
  }

  /** The pick chains that its frontends lead to. */
  List<PickChain> picks() {
    var picks = new ArrayList<PickChain>();
    for (Frontend frontend : plan.frontends()) {
      pick(frontend).ifPresent(picks::add);
      if (outside(frontend)) {
        picks.add(chain(frontend, TrafficPolicy.CLUSTER, false));
      }
    }
    return picks;
  }

  /** Whether packets to it are treated by where they come from. */
  private boolean outside(Frontend frontend) {
    return plan.shortCircuits(frontend) && plan.pools().anywhere();
  }

  /** The pick chain of packets that come from outside, if there is something to pick or to tell. */
  private Optional<PickChain> pick(Frontend frontend) {
    TrafficPolicy policy = plan.policy(frontend);
    return outside(frontend) || plan.target(frontend) instanceof Target.OneOf
        ? Optional.of(chain(frontend, policy, outside(frontend)))
        : Optional.empty();
  }

  private PickChain chain(Frontend frontend, TrafficPolicy policy, boolean outside) {
    int endpoints = pool(policy).size();
    return new PickChain(
        Door.of(frontend), outside, endpoints, endpoints == 0 ? 0 : plan.affinitySeconds());
  }

  /** Its elements, all of them its own. */
  List<Element> elements() {
    var elements = new ArrayList<Element>();
    byte[] comment = comment(plan.key());
    for (Frontend frontend : plan.frontends()) {
      frontend(frontend, comment, elements);
    }
    int protocol = plan.key().protocol().number();
    pools().forEach(pool -> pool.elements(table(), protocol, comment, elements));
    return elements;
  }

  private void frontend(Frontend frontend, byte[] comment, List<Element> into) {
    Table table = table();
    Door door = Door.of(frontend);
    int protocol = plan.key().protocol().number();
    byte[] key = Door.key(frontend, protocol);
    String way = way(frontend);
    if (frontend instanceof Frontend.LoadBalancerIp && plan.guarded()) {
      into.add(verdict(NamedSet.GUARDED_SERVICES, key, way, comment));
      into.addAll(Ranges.elements(plan.sources(), table, NamedSet.SOURCE_RANGES, key, comment));
      way = RuleBook.FIREWALL;
    }
    into.add(verdict(door.verdicts(), key, way, comment));
    if (outside(frontend)) {
      PickChain chain = chain(frontend, TrafficPolicy.CLUSTER, false);
      into.add(verdict(door.inside(), key, chain.name(), comment));
    }
    for (TrafficPolicy policy : TrafficPolicy.values()) {
      NamedSet numbers = numbers(plan, frontend, policy);
      if (numbers != null) {
        byte[] number = Element.number(protocol, pool(policy).id());
        into.add(Element.mapping(table, numbers, key, number, comment));
      }
    }
    if (!(frontend instanceof Frontend.ClusterIp)) {
      boolean own = plan.external() == TrafficPolicy.LOCAL;
      String masquerade = own ? RuleBook.MASQUERADE_OWN : RuleBook.MASQUERADE;
      into.add(verdict(door.external(), key, masquerade, comment));
    }
  }

  /** The chain for packets that come from outside. */
  private String way(Frontend frontend) {
    return pick(frontend)
        .map(PickChain::name)
        .orElse(plan.target(frontend) instanceof Target.Dropped ? RuleBook.DROP : RuleBook.REJECT);
  }

  private Element verdict(NamedSet map, byte[] key, String chain, byte[] comment) {
    return Element.mapping(table(), map, key, Element.verdict(chain), comment);
  }

  /** Addresses that it shares with other Service ports, as often as it uses each. */
  List<SharedAddress> shared() {
    var shared = new ArrayList<SharedAddress>();
    for (Frontend frontend : plan.frontends()) {
      if (frontend instanceof Frontend.ClusterIp at) {
        shared.add(new SharedAddress(NamedSet.CLUSTER_IPS, at.ip()));
      }
    }
    pools()
        .flatMap(pool -> pool.local().stream())
        .forEach(endpoint -> shared.add(new SharedAddress(NamedSet.HAIRPIN, endpoint.ip())));
    return shared;
  }

  /** The comment on the elements of a Service port. */
  static byte[] comment(PortKey key) {
    return Userdata.element(key.toString());
  }
}
