package io.portolan.agent.vectors;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.OwnNode;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.Planner;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServiceTable;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.service.SliceTable;
import io.portolan.agent.vectors.VectorCase.ObjectName;
import io.portolan.agent.vectors.VectorCase.Step;
import io.portolan.agent.watch.ApiObjects;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the agent knows, fed with the objects of a case: readers, tables and planner are those of
 * production, and the planner lives through all steps.
 */
final class Model {
  private final Mode mode;
  private final ServiceTable services = new ServiceTable();
  private final SliceTable slices = new SliceTable();
  private final Planner planner;
  private final Map<ObjectName, HasMetadata> objects = new LinkedHashMap<>();
  private final Map<PortKey, PortPlan> followed = new HashMap<>();
  private NodeConfig config;

  Model(Mode mode, NodeConfig config) {
    this.mode = mode;
    this.config = config;
    planner = new Planner(config.nodeName(), services, slices);
    configure(config);
  }

  /** Carries out a step; how the plan changed by it. */
  PlanDelta step(Step step) {
    configure(step.config());
    step.delete().forEach(this::delete);
    step.apply().forEach(this::apply);
    return take();
  }

  void configure(NodeConfig now) {
    if (!now.nodeName().equals(config.nodeName())) {
      throw new BadCase("config.nodeName: the name of a node does not change");
    }
    config = now;
    OwnNode node = ApiObjects.node(now.node());
    planner.zone(node.zone());
    planner.facts(facts(node));
  }

  private NodeFacts facts(OwnNode node) {
    List<Cidr> ranges = mode.guardsServiceRanges() ? config.serviceRanges() : List.of();
    return config
        .rule(mode.primaryByDefault(), mode.loopbackNodePorts())
        .facts(node, config.nodeIps(), ranges);
  }

  void apply(HasMetadata object) {
    objects.put(ObjectName.of(object), object);
    read(object, ApiObjects.watched(object));
  }

  private void delete(ObjectName name) {
    HasMetadata object = objects.remove(name);
    if (object == null) {
      throw new BadCase(
          "delete: there is no " + name.kind() + " " + name.namespace() + "/" + name.name());
    }
    read(object, false);
  }

  private void read(HasMetadata object, boolean there) {
    String namespace = object.getMetadata().getNamespace();
    String name = object.getMetadata().getName();
    switch (object) {
      case io.fabric8.kubernetes.api.model.Service service -> {
        Service now = there ? ApiObjects.service(service) : null;
        var key = new ServiceName(namespace, name);
        if (now == null ? services.remove(key) : services.put(now)) {
          planner.touch(key);
        }
      }
      case io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice slice -> {
        EndpointSlice now = there ? ApiObjects.slice(slice) : null;
        planner.touch(
            now == null ? slices.remove(new SliceName(namespace, name)) : slices.put(now));
      }
      default -> throw new BadCase("unknown kind " + object.getKind());
    }
  }

  /** Plans what has changed, and makes sure that the way there does not matter. */
  PlanDelta take() {
    PlanDelta delta = planner.take();
    delta.changed().forEach(port -> followed.put(port.key(), port));
    delta.removed().forEach(followed::remove);
    var fresh = new Planner(config.nodeName(), services, slices);
    OwnNode node = ApiObjects.node(config.node());
    fresh.zone(node.zone());
    fresh.facts(facts(node));
    fresh.take();
    same("a planner that starts now", fresh.plan().ports(), planner.plan().ports());
    same("the changes told so far", followed, planner.plan().ports());
    if (!fresh.healthChecks().equals(planner.healthChecks())) {
      throw new AssertionError(
          "health checks: a planner that starts now has "
              + fresh.healthChecks()
              + ", the one of this case "
              + planner.healthChecks());
    }
    return delta;
  }

  private static void same(
      String what, Map<PortKey, PortPlan> expected, Map<PortKey, PortPlan> actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError(
          "the plan depends on the way to it: " + what + " gives " + expected + ", not " + actual);
    }
  }

  Mode mode() {
    return mode;
  }

  NodeConfig config() {
    return config;
  }

  Plan plan() {
    return planner.plan();
  }

  Planner planner() {
    return planner;
  }

  SliceTable slices() {
    return slices;
  }

  /** The Service as the agent sees it, null when it serves none of that name. */
  @Nullable Service service(ServiceName name) {
    return services.get(name);
  }

  /** Whether the address is one of the node, or a loopback address. */
  boolean own(Ip ip) {
    return loopback(ip) || config.nodeIps().contains(ip);
  }

  static boolean loopback(Ip ip) {
    return ip.equals(Ip.parse("::1")) || Cidr.parse("127.0.0.0/8").contains(ip);
  }
}
