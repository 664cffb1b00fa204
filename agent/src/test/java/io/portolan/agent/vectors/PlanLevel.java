package io.portolan.agent.vectors;

import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.HealthCheck;
import io.portolan.agent.plan.NodePortAddresses;
import io.portolan.agent.plan.Packet;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Selection;
import io.portolan.agent.plan.StaleFlows;
import io.portolan.agent.plan.Trace;
import io.portolan.agent.plan.Tracer;
import io.portolan.agent.service.Backend;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.vectors.VectorCase.CheckAnswer;
import io.portolan.agent.vectors.VectorCase.CheckExpectation;
import io.portolan.agent.vectors.VectorCase.EndpointFacts;
import io.portolan.agent.vectors.VectorCase.FlowExpectation;
import io.portolan.agent.vectors.VectorCase.Step;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Asks the plan. */
final class PlanLevel implements Level {
  private final Mode mode;

  PlanLevel(Mode mode) {
    this.mode = mode;
  }

  @Override
  public Optional<String> leavesOut(VectorCase vector) {
    return Optional.empty();
  }

  @Override
  public void run(VectorCase vector, Outcome outcome) {
    switch (vector.kind()) {
      case VectorCase.PacketFlow kind -> flows(kind, outcome);
      case VectorCase.HealthChecks kind -> healthChecks(kind, outcome);
      case VectorCase.Selected kind -> selection(kind, outcome);
      case VectorCase.State kind -> state(kind, outcome);
      case VectorCase.Cleanup kind -> cleanup(kind, outcome);
      case VectorCase.NodeAddresses kind -> addresses(kind, outcome);
    }
  }

  private void flows(VectorCase.PacketFlow kind, Outcome outcome) {
    var model = new Model(mode, kind.config());
    Set<Ip> pods = Pods.of(kind);
    int number = 0;
    for (Step step : kind.steps()) {
      number++;
      model.step(step);
      for (FlowExpectation flow : step.flows()) {
        Trace trace = trace(model, flow, pods);
        outcome.check(
            "step " + number + ", flow " + flow.name(), Told.of(flow), Told.of(flow, trace.fate()));
        if (flow.explicitAccept() != null) {
          outcome.check(
              "step " + number + ", flow " + flow.name() + ", explicit accept",
              flow.explicitAccept(),
              model.plan().ports().values().stream()
                  .anyMatch(
                      p ->
                          p.healthCheckPort() == flow.port()
                              && flow.protocol() == Protocol.TCP
                              && p.key().family() == flow.to().family()));
        }
      }
    }
  }

  private static Trace trace(Model model, FlowExpectation flow, Set<Ip> pods) {
    var local = new HashSet<>(model.config().nodeIps());
    local.add(Ip.parse("127.0.0.1"));
    local.add(Ip.parse("::1"));
    for (Ip ip : List.of(flow.from(), flow.to())) {
      if (Model.loopback(ip)) {
        local.add(ip);
      }
    }
    String through = "";
    if (!model.own(flow.from())) {
      through =
          pods.contains(flow.from()) && model.config().pods() instanceof PodSources.Interfaces
              ? model.config().podInterface(0)
              : "outside";
    }
    return new Tracer(model.plan(), local, model.mode().guardsServiceRanges())
        .trace(new Packet(flow.from(), flow.to(), flow.protocol(), flow.port(), through));
  }

  private void healthChecks(VectorCase.HealthChecks kind, Outcome outcome) {
    var model = new Model(mode, kind.config());
    int number = 0;
    for (Step step : kind.steps()) {
      number++;
      model.step(step);
      for (CheckExpectation check : step.checks()) {
        CheckAnswer answer = check.answer();
        outcome.check(
            "step " + number + ", " + check,
            answer == null ? "not listening" : answer,
            answer(model, check).map(Object.class::cast).orElse("not listening"));
      }
    }
  }

  private static Optional<CheckAnswer> answer(Model model, CheckExpectation check) {
    List<Ip> open = model.plan().node().nodePortAddresses();
    Ip address = check.address();
    return model.planner().healthChecks().stream()
        .filter(c -> c.port() == check.port())
        .filter(
            c ->
                address == null
                    ? open.stream().anyMatch(ip -> ip.family() == c.family())
                    : address.family() == c.family() && open.contains(address))
        .map(c -> answer(c, check.proxyHealthy()))
        .findFirst();
  }

  private static CheckAnswer answer(HealthCheck check, boolean proxyHealthy) {
    int status = check.localEndpoints() > 0 && proxyHealthy ? 200 : 503;
    return new CheckAnswer(status, check.localEndpoints(), check.service());
  }

  private void selection(VectorCase.Selected kind, Outcome outcome) {
    var model = new Model(mode, kind.config());
    model.apply(kind.service());
    kind.slices().forEach(model::apply);
    model.take();
    List<PortPlan> ports =
        model.plan().ports().values().stream()
            .filter(p -> p.key().service().equals(kind.service().getMetadata().getName()))
            .filter(p -> p.key().namespace().equals(kind.service().getMetadata().getNamespace()))
            .filter(p -> p.key().port().equals(kind.port()))
            .toList();
    if (ports.isEmpty()) {
      outcome.fail("the plan has no port " + kind.port() + " of the Service");
      return;
    }
    kind.sets()
        .forEach(
            (name, expected) -> {
              Function<PortPlan, List<Endpoint>> set =
                  switch (name) {
                    case "clusterEndpoints" -> p -> p.pools().cluster();
                    case "localEndpoints" -> p -> p.pools().local();
                    default -> PortPlan::reachable;
                  };
              outcome.check(name, new TreeSet<>(expected), texts(ports, set));
            });
    Boolean any = kind.anyEndpoints();
    if (any != null) {
      outcome.check("hasAnyEndpoints", any, ports.stream().anyMatch(p -> p.pools().anywhere()));
    }
  }

  private static Set<String> texts(
      Collection<PortPlan> ports, Function<PortPlan, List<Endpoint>> set) {
    return ports.stream()
        .flatMap(p -> set.apply(p).stream())
        .map(Endpoint::toString)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void state(VectorCase.State kind, Outcome outcome) {
    var model = new Model(mode, kind.config());
    kind.slices().forEach(model::apply);
    var selection = new Selection(kind.config().nodeName(), "");
    var ports = new LinkedHashSet<>(kind.ports().keySet());
    kind.slices().stream()
        .map(io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice.class::cast)
        .filter(slice -> slice.getPorts() != null)
        .flatMap(slice -> slice.getPorts().stream())
        .map(p -> (p.getName() == null ? "" : p.getName()) + "/" + protocol(p.getProtocol()))
        .forEach(ports::add);
    for (String port : ports) {
      int slash = port.lastIndexOf('/');
      Protocol protocol = Protocol.valueOf(port.substring(slash + 1));
      var found = new HashSet<EndpointFacts>();
      for (IpFamily family : IpFamily.values()) {
        for (Backend b :
            model.slices().backends(kind.service(), port.substring(0, slash), protocol, family)) {
          boolean local = selection.local(b.endpoint());
          found.add(
              new EndpointFacts(
                  new Endpoint(b.endpoint().ip(), b.port(), local).toString(),
                  local,
                  b.endpoint().ready(),
                  b.endpoint().serving(),
                  b.endpoint().terminating()));
        }
      }
      outcome.check("port " + port, kind.ports().getOrDefault(port, Set.of()), found);
    }
  }

  private static String protocol(@Nullable String name) {
    return name == null ? "TCP" : name;
  }

  private void cleanup(VectorCase.Cleanup kind, Outcome outcome) {
    var model = new Model(mode, kind.config());
    kind.state().forEach(model::apply);
    model.take();
    var stale = new StaleFlows(model.plan());
    kind.before()
        .forEach(
            flow ->
                outcome.check(
                    flow.toString(),
                    kind.deleted().contains(flow) ? "deleted" : "left",
                    stale.stale(flow) ? "deleted" : "left"));
  }

  private void addresses(VectorCase.NodeAddresses kind, Outcome outcome) {
    for (var expected : kind.expected()) {
      IpFamily family = expected.family().equals("IPv4") ? IpFamily.IPV4 : IpFamily.IPV6;
      var list = new NodePortAddresses(family, kind.ranges());
      Object actual =
          switch (expected.key()) {
            case "matchAll" -> list.all();
            case "containsIPv4Loopback" -> list.containsIpv4Loopback();
            default ->
                kind.interfaces().stream()
                    .flatMap(i -> i.addresses().stream())
                    .map(Cidr::base)
                    .filter(list::contains)
                    .collect(Collectors.toSet());
          };
      outcome.check(expected.family() + " " + expected.key(), expected.value(), actual);
    }
  }
}
