package io.portolan.agent.vectors;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.vectors.VectorCase.FlowExpectation;
import io.portolan.agent.vectors.VectorCase.Step;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sends packets through a node whose kernel the dataplane of the mode has programmed. */
final class KernelLevel implements Level {
  private static final Optional<String> ONLY_PLAN = Optional.of("only for the plan");

  private final Mode mode;

  KernelLevel(Mode mode) {
    this.mode = mode;
  }

  @Override
  public Optional<String> leavesOut(VectorCase vector) {
    if (!vector.apiValid()) {
      return Optional.of("an API server refuses its objects");
    }
    return switch (vector.kind()) {
      case VectorCase.PacketFlow kind -> Optional.empty();
      case VectorCase.HealthChecks kind -> Optional.empty();
      case VectorCase.Cleanup kind -> Optional.empty();
      case VectorCase.Selected kind -> ONLY_PLAN;
      case VectorCase.State kind -> ONLY_PLAN;
      case VectorCase.NodeAddresses kind -> ONLY_PLAN;
    };
  }

  @Override
  public void run(VectorCase vector, Outcome outcome) throws Exception {
    switch (vector.kind()) {
      case VectorCase.PacketFlow kind -> flows(kind, outcome);
      case VectorCase.HealthChecks kind -> new KernelHealthChecks(mode).run(kind, outcome);
      case VectorCase.Cleanup kind -> new KernelCleanup(mode).run(kind, outcome);
      default -> throw new IllegalStateException("left out: " + vector.name());
    }
  }

  private void flows(VectorCase.PacketFlow kind, Outcome outcome) throws Exception {
    Set<Ip> own = new LinkedHashSet<>();
    kind.steps().forEach(step -> own.addAll(step.config().nodeIps()));
    Set<Servers.Place> places = places(kind);
    Set<Ip> clients = new LinkedHashSet<>();
    kind.steps().stream()
        .flatMap(step -> step.flows().stream())
        .filter(FlowExpectation::kernel)
        .map(FlowExpectation::from)
        .filter(ip -> !Model.loopback(ip) && !own.contains(ip))
        .forEach(clients::add);
    Set<Ip> endpoints = new LinkedHashSet<>();
    places.stream()
        .map(Servers.Place::ip)
        .filter(ip -> !Model.loopback(ip) && !own.contains(ip))
        .forEach(endpoints::add);
    try (var lab = new Lab(kind.config(), clients, endpoints, Pods.of(kind));
        var servers = new Servers()) {
      lab.nodeIps(kind.config().nodeIps());
      for (Servers.Place place : places) {
        var home = lab.peer(place.ip());
        servers.open(home == null ? lab.node() : home, place);
      }
      try (Dataplane dataplane = lab.node().call(mode.opener()::get)) {
        steps(kind, lab, servers, dataplane, outcome);
      }
    }
  }

  private void steps(
      VectorCase.PacketFlow kind, Lab lab, Servers servers, Dataplane dataplane, Outcome outcome)
      throws Exception {
    var model = new Model(mode, kind.config());
    try (var kernel = new KernelFlow(lab, servers, kind)) {
      int number = 0;
      for (Step step : kind.steps()) {
        number++;
        lab.nodeIps(step.config().nodeIps());
        PlanDelta delta = model.step(step);
        boolean first = number == 1;
        lab.node()
            .call(
                () -> {
                  if (first) {
                    dataplane.replace(model.plan(), Doors.OPEN);
                  } else {
                    dataplane.apply(delta);
                  }
                  return true;
                });
        kernel.forgetConnections();
        for (FlowExpectation flow : step.flows()) {
          String what = "step " + number + ", flow " + flow.name();
          if (!flow.kernel()) {
            outcome.skip(what, "it cannot be sent in earnest, says the case");
            continue;
          }
          String expected = Told.of(flow);
          String problem = kernel.problem(flow, model);
          outcome.check(what, expected, problem.isEmpty() ? expected : problem);
        }
        Audit audit = lab.node().call(() -> dataplane.replace(model.plan(), Doors.OPEN));
        if (!audit.clean()) {
          outcome.fail("step " + number + ": the kernel differs from the plan: " + audit);
        }
      }
    }
  }

  /** Where servers have to listen: whatever a slice or an expectation names. */
  private static Set<Servers.Place> places(VectorCase.PacketFlow kind) {
    var places = new LinkedHashSet<Servers.Place>();
    for (Step step : kind.steps()) {
      for (var object : step.apply()) {
        if (object instanceof EndpointSlice slice
            && slice.getEndpoints() != null
            && slice.getPorts() != null) {
          for (var port : slice.getPorts()) {
            for (var endpoint : slice.getEndpoints()) {
              if (port.getPort() != null && !endpoint.getAddresses().isEmpty()) {
                add(places, port.getProtocol(), endpoint.getAddresses().getFirst(), port.getPort());
              }
            }
          }
        }
      }
      for (FlowExpectation flow : step.flows()) {
        for (String endpoint : flow.endpoints()) {
          places.add(
              new Servers.Place(
                  flow.protocol(),
                  FlowExpectation.address(endpoint),
                  Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1))));
        }
      }
    }
    return places;
  }

  private static void add(
      Set<Servers.Place> places, @Nullable String protocol, String address, int port) {
    try {
      places.add(
          new Servers.Place(
              protocol == null ? Protocol.TCP : Protocol.valueOf(protocol),
              Ip.parse(address),
              port));
    } catch (IllegalArgumentException e) {
      // A name, or nonsense that the agent leaves out too.
    }
  }
}
