package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PortPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A dataplane that is used in the namespace of the node. */
final class Placed {
  private final NetworkNamespace node;
  private final Backend backend;
  private final IptablesDataplane dataplane;

  Placed(NetworkNamespace node, Commands commands, Backend backend) {
    this(node, commands, backend, new Sysctl(Path.of("/proc/sys/net")));
  }

  Placed(NetworkNamespace node, Commands commands, Backend backend, Sysctl sysctl) {
    this.node = node;
    this.backend = backend;
    dataplane =
        new IptablesDataplane(backend, new Kernel(commands), sysctl, IptablesDataplane.MARK_BIT);
  }

  Audit replace(Plan plan) {
    return replace(plan, Doors.OPEN);
  }

  Audit replace(Plan plan, Doors doors) {
    return node.call(() -> dataplane.replace(plan, doors));
  }

  void apply(PlanDelta delta) {
    node.call(
        () -> {
          dataplane.apply(delta);
          return true;
        });
  }

  void apply(PortPlan... changed) {
    apply(new PlanDelta(null, List.of(changed), List.of()));
  }

  void remove() {
    node.call(
        () -> {
          dataplane.remove();
          return true;
        });
  }

  void iptables(String... words) {
    var command = new ArrayList<>(List.of("iptables-" + backend.word()));
    command.addAll(List.of(words));
    node.exec(command.toArray(String[]::new));
  }

  /** Everything, without what counts or tells the time. */
  String everything() {
    List<Stack> stacks = Stack.of(backend);
    return List.of(stacks.getFirst().save(), stacks.getLast().save()).stream()
        .map(program -> node.exec(program))
        .flatMap(String::lines)
        .filter(line -> !line.startsWith("#"))
        .map(Placed::uncounted)
        .collect(Collectors.joining("\n", "", "\n" + sets()));
  }

  /** A stray packet of neighbour discovery, say, must not matter. */
  private static String uncounted(String line) {
    return line.replaceFirst("\\[[0-9]+:[0-9]+\\]$| packets [0-9]+ bytes [0-9]+$", "");
  }

  private String sets() {
    return node.exec("ipset", "save")
        .lines()
        .map(line -> line.replaceFirst(" initval \\S+", "").replaceFirst(" hashsize \\d+", ""))
        .map(Placed::uncounted)
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  Backend backend() {
    return backend;
  }

  Optional<Doors> found() {
    return node.call(dataplane::found);
  }

  void doors(Doors doors) {
    node.call(
        () -> {
          dataplane.doors(doors);
          return true;
        });
  }

  List<StickyClient> clients() {
    return node.call(dataplane::clients);
  }

  int remember(Collection<StickyClient> clients) {
    return node.call(() -> dataplane.remember(clients));
  }

  /** What another hand may ask of this backend and its sets, without what counts. */
  String dump() {
    var all = new StringBuilder();
    for (Stack stack : Stack.of(backend)) {
      node.exec(stack.save())
          .lines()
          .filter(l -> !l.startsWith("#"))
          .map(Placed::uncounted)
          .forEach(all::append);
      node.exec("ipset", "save")
          .lines()
          .filter(l -> l.contains(" " + stack.setPrefix()))
          .map(Placed::uncounted)
          .sorted()
          .forEach(all::append);
    }
    return all.toString();
  }
}
