package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the kernel holds, as far as it is needed to know what a change must write. */
final class Model {
  private final int markBit;
  private final boolean dropInvalid;
  private final Map<PortKey, PortPlan> ports;
  private final Map<Stack, Contents> contents = new EnumMap<>(Stack.class);
  private NodeFacts node;
  private Doors doors;

  /** A plan, whole. */
  Model(List<Stack> stacks, int markBit, boolean dropInvalid, Plan plan, Doors doors) {
    this.markBit = markBit;
    this.dropInvalid = dropInvalid;
    this.ports = new HashMap<>(plan.ports());
    this.node = plan.node();
    this.doors = doors;
    for (Stack stack : stacks) {
      List<Share> shares = shares(stack, node, ports.values());
      shares.add(new NodeRules(stack, markBit, dropInvalid).share(node));
      var wanted = new Contents(stack);
      wanted.fill(shares);
      contents.put(stack, wanted);
    }
  }

  /** A change of the plan: what it means for each stack, and how to keep or undo it here. */
  record Next(
      Map<Stack, Change> changes,
      NodeFacts node,
      List<PortPlan> gone,
      List<PortPlan> come,
      Runnable undo) {}

  /** Carries a change of the plan to the contents. */
  Next exchange(PlanDelta delta) {
    NodeFacts after = delta.node() == null ? node : delta.node();
    var gone = new ArrayList<PortPlan>();
    var come = new ArrayList<>(delta.changed());
    for (PortPlan port : delta.changed()) {
      add(gone, ports.get(port.key()));
    }
    for (PortKey key : delta.removed()) {
      add(gone, ports.get(key));
    }
    if (!podsTold(node).equals(podsTold(after))) {
      var others = new HashMap<>(ports);
      gone.forEach(port -> others.remove(port.key()));
      gone.addAll(others.values());
      come.addAll(others.values());
    }
    var changes = new EnumMap<Stack, Change>(Stack.class);
    var undo = new ArrayList<Runnable>();
    contents.forEach(
        (stack, there) -> {
          List<Share> old = shares(stack, node, gone);
          List<Share> now = shares(stack, after, come);
          if (!node.equals(after)) {
            var rules = new NodeRules(stack, markBit, dropInvalid);
            old.add(rules.share(node));
            now.add(rules.share(after));
          }
          changes.put(stack, there.exchange(old, now));
          undo.add(() -> there.exchange(now, old));
        });
    return new Next(changes, after, gone, come, () -> undo.forEach(Runnable::run));
  }

  /** The kernel has taken the change. */
  void keep(Next next) {
    next.gone().forEach(port -> ports.remove(port.key()));
    next.come().forEach(port -> ports.put(port.key(), port));
    node = next.node();
  }

  private static void add(List<PortPlan> list, @Nullable PortPlan port) {
    if (port != null) {
      list.add(port);
    }
  }

  /** As far as the rules of a single Service depend on it. */
  private static PodSources podsTold(NodeFacts node) {
    return node.pods() instanceof PodSources.Interfaces some ? some : PodSources.UNKNOWN;
  }

  private List<Share> shares(Stack stack, NodeFacts facts, Collection<PortPlan> some) {
    var shares = new ArrayList<Share>();
    for (PortPlan port : some) {
      if (port.key().family() == stack.family()) {
        shares.add(PortRules.of(stack, facts, markBit, port));
      }
    }
    return shares;
  }

  Contents contents(Stack stack) {
    Contents there = contents.get(stack);
    if (there == null) {
      throw new IllegalArgumentException(stack + " is of another backend");
    }
    return there;
  }

  Collection<PortPlan> ports() {
    return ports.values();
  }

  Doors doors() {
    return doors;
  }

  void doors(Doors now) {
    doors = now;
  }

  static boolean loopback(NodeFacts node) {
    return node.nodePortAddresses().contains(NodeRules.LOOPBACK);
  }

  boolean loopback() {
    return loopback(node);
  }
}
