package io.portolan.agent.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.ServiceTable;
import io.portolan.agent.service.SliceEndpoint;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.service.SlicePort;
import io.portolan.agent.service.SliceTable;
import io.portolan.agent.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class PlannerPropertiesTest {

  /** One thing that happens in a cluster. Few names and addresses, so that they clash often. */
  sealed interface Step {
    record Put(Service service) implements Step {}

    record Drop(ServiceName name) implements Step {}

    record PutSlice(EndpointSlice slice) implements Step {}

    record DropSlice(SliceName name) implements Step {}

    record Lasting(AffinityRule rule) implements Step {}

    record Facts(NodeFacts facts) implements Step {}

    /** Plan what has happened. */
    record Take() implements Step {}
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  @Label("carrying deltas of random changes into a plan gives the plan of a full build")
  void deltasAddUp(@ForAll("steps") List<Step> steps) {
    var services = new ServiceTable();
    var slices = new SliceTable();
    var planner = new Planner("n0", services, slices);
    var carried = new HashMap<PortKey, PortPlan>();
    NodeFacts node = NodeFacts.NONE;
    AffinityRule rule = AffinityRule.AS_ASKED;
    NodeFacts facts = NodeFacts.NONE;
    var all = new ArrayList<>(steps);
    all.add(new Step.Take());
    for (Step step : all) {
      switch (step) {
        case Step.Put put -> {
          services.put(put.service());
          planner.touch(put.service().name());
        }
        case Step.Drop drop -> {
          services.remove(drop.name());
          planner.touch(drop.name());
        }
        case Step.PutSlice put -> planner.touch(slices.put(put.slice()));
        case Step.DropSlice drop -> planner.touch(slices.remove(drop.name()));
        case Step.Lasting now -> {
          rule = now.rule();
          planner.affinity(rule);
        }
        case Step.Facts now -> {
          facts = now.facts();
          planner.facts(facts);
        }
        case Step.Take take -> {
          PlanDelta delta = planner.take();
          assertThat(delta.changed())
              .allSatisfy(port -> assertThat(port).isNotEqualTo(carried.get(port.key())));
          assertThat(carried.keySet()).containsAll(delta.removed());
          delta.removed().forEach(carried::remove);
          delta.changed().forEach(port -> carried.put(port.key(), port));
          node = delta.node() == null ? node : delta.node();
        }
      }
    }
    var fresh = new Planner("n0", services, slices);
    fresh.affinity(rule);
    fresh.facts(facts);
    fresh.take();
    assertThat(carried).isEqualTo(fresh.plan().ports());
    assertThat(planner.plan()).isEqualTo(fresh.plan());
    assertThat(node).isEqualTo(facts);
    assertThat(planner.conflicts()).isEqualTo(fresh.conflicts());
    assertThat(planner.endpoints())
        .isEqualTo(carried.values().stream().mapToInt(p -> p.reachable().size()).sum());
    noFrontendTwice(fresh.plan());
  }

  private static void noFrontendTwice(Plan plan) {
    var seen = new HashSet<Claims.Spot>();
    plan.ports()
        .values()
        .forEach(
            port ->
                port.frontends()
                    .forEach(f -> assertThat(seen.add(Claims.Spot.of(port.key(), f))).isTrue()));
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Step> step =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(4, services().map(Step.Put::new)),
            net.jqwik.api.Tuple.of(2, serviceNames().map(Step.Drop::new)),
            net.jqwik.api.Tuple.of(6, slices().map(Step.PutSlice::new)),
            net.jqwik.api.Tuple.of(2, sliceNames().map(Step.DropSlice::new)),
            net.jqwik.api.Tuple.of(
                1,
                Arbitraries.integers()
                    .between(1, 3)
                    .map(i -> new Step.Lasting(new AffinityRule(i * 100, 10_000)))),
            net.jqwik.api.Tuple.of(
                1,
                Arbitraries.integers()
                    .between(1, 3)
                    .map(
                        i ->
                            new Step.Facts(
                                Samples.facts(
                                    List.of(Ip.parse("192.168.0." + i)), List.of(), false)))),
            net.jqwik.api.Tuple.of(4, Arbitraries.create(Step.Take::new)));
    return step.list().ofMaxSize(40);
  }

  private static Arbitrary<ServiceName> serviceNames() {
    return Arbitraries.of("a", "b", "c").map(name -> new ServiceName("ns", name));
  }

  private static Arbitrary<SliceName> sliceNames() {
    return Arbitraries.of("s1", "s2", "s3", "s4").map(name -> new SliceName("ns", name));
  }

  private static Arbitrary<Service> services() {
    Arbitrary<List<Ip>> ips =
        Arbitraries.of(
            List.of(Ip.parse("10.0.0.1")),
            List.of(Ip.parse("10.0.0.2")),
            List.of(Ip.parse("fd00::1")),
            List.of(Ip.parse("10.0.0.1"), Ip.parse("fd00::1")),
            List.of(Ip.parse("10.0.0.3"), Ip.parse("fd00::3")));
    Arbitrary<ServicePort> port =
        Combinators.combine(
                Arbitraries.of("", "http"),
                Arbitraries.of(Protocol.TCP, Protocol.UDP),
                Arbitraries.of(80, 81),
                Arbitraries.of(0, 30080, 30081))
            .as(ServicePort::new);
    return Combinators.combine(
            serviceNames(),
            ips,
            port.list().ofMaxSize(3).uniqueElements(p -> p.name() + p.protocol()),
            Arbitraries.of(TrafficPolicy.values()),
            externals(),
            Arbitraries.of(Affinity.NONE, Affinity.UNTIMED, new Affinity.Timed(60)))
        .as(Service::new);
  }

  private static Arbitrary<External> externals() {
    Arbitrary<List<Ip>> ips =
        Arbitraries.of("192.168.9.1", "192.168.9.2", "10.0.0.1", "fd09::1")
            .map(Ip::parse)
            .list()
            .ofMaxSize(3);
    return Combinators.combine(
            Arbitraries.of(TrafficPolicy.values()),
            ips,
            ips,
            Arbitraries.of("10.0.0.0/8", "fd00::/8", "0.0.0.0/0", "192.168.0.1/32")
                .map(Cidr::parse)
                .list()
                .ofMaxSize(2),
            Arbitraries.of(0, 0, 32000, 32001))
        .as(External::new);
  }

  private static Arbitrary<EndpointSlice> slices() {
    Arbitrary<SlicePort> port =
        Combinators.combine(
                Arbitraries.of("", "http"),
                Arbitraries.of(Protocol.TCP, Protocol.UDP),
                Arbitraries.of(8080, 8081))
            .as(SlicePort::new);
    Arbitrary<Integer> number = Arbitraries.integers().between(1, 4);
    Arbitrary<Boolean> flag = Arbitraries.of(true, false);
    return Arbitraries.of(IpFamily.values())
        .flatMap(
            family -> {
              Arbitrary<SliceEndpoint> endpoint =
                  Combinators.combine(
                          number,
                          flag,
                          flag,
                          flag,
                          Arbitraries.of("", "n0", "n1"),
                          hints("z0", "z1"),
                          hints("n0", "n1"))
                      .as(
                          (n, ready, serving, terminating, node, zones, nodes) ->
                              new SliceEndpoint(
                                  Ip.parse((family == IpFamily.IPV4 ? "10.1.0." : "fd01::") + n),
                                  ready,
                                  serving,
                                  terminating,
                                  node,
                                  zones,
                                  nodes));
              return Combinators.combine(
                      sliceNames(),
                      serviceNames(),
                      port.list().ofMaxSize(2),
                      endpoint.list().ofMaxSize(4))
                  .as(
                      (name, service, ports, all) ->
                          new EndpointSlice(name, service, family, ports, all));
            });
  }

  private static Arbitrary<List<String>> hints(String... names) {
    return Arbitraries.of(names).list().ofMaxSize(2).uniqueElements();
  }
}
