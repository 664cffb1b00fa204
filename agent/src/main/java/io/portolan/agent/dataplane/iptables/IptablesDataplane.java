package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Mode iptables, with either of its backends. {@code docs/design/iptables.md} tells how the tables
 * are laid out, {@link NodeRules} and {@link PortRules} have the rules.
 *
 * <p>Each table of each family is one commit; a change that is refused in one of them is undone in
 * those before it. Two things are not: a removal, which can be asked for again, and what is taken
 * away since a set of ours has another type than it must have.
 */
public final class IptablesDataplane implements Dataplane {
  /**
   * The bit of the packet mark that is used unless another one is asked for. None of kube-proxy,
   * kubelet, the CNI plugins, Cilium, Calico, Istio and Tailscale has it.
   */
  public static final int MARK_BIT = 0x1000;

  private static final String LIBERAL = "netfilter/nf_conntrack_tcp_be_liberal";

  private final Backend backend;
  private final List<Stack> stacks;
  private final Kernel kernel;
  private final Sysctl sysctl;
  private final int markBit;
  private @Nullable Model model;

  IptablesDataplane(Backend backend, Kernel kernel, Sysctl sysctl, int markBit) {
    if (Integer.bitCount(markBit) != 1) {
      throw new IllegalArgumentException(
          "a packet mark of one bit is needed, not " + Text.hex(markBit));
    }
    this.backend = backend;
    this.stacks = Stack.of(backend);
    this.kernel = kernel;
    this.sysctl = sysctl;
    this.markBit = markBit;
  }

  /**
   * The dataplane of the network namespace of the thread that uses it. Nothing is read or written
   * yet.
   *
   * @param sysctl rooted at {@code /proc/sys/net}, writable where NodePorts shall answer on
   *     loopback
   * @param markBit the bit of the packet mark that is ours
   */
  public static IptablesDataplane open(Backend backend, Sysctl sysctl, int markBit) {
    return new IptablesDataplane(backend, new Kernel(new Processes()), sysctl, markBit);
  }

  @Override
  public Optional<Doors> found() {
    var doors = EnumSet.noneOf(Doors.class);
    for (Stack stack : stacks) {
      if (kernel.has(stack.save())) {
        SavedTables tables = kernel.tables(stack);
        List<BaseRule> jumps = Jumps.in(tables);
        if (!jumps.isEmpty() || tables.chains().keySet().stream().anyMatch(SavedTables::ours)) {
          doors.add(Jumps.doors(stack, jumps));
        }
      }
    }
    if (doors.isEmpty() && kernel.has(Kernel.IPSET)) {
      Sets sets = kernel.sets();
      if (stacks.stream().anyMatch(stack -> !sets.of(stack).isEmpty())) {
        doors.add(Doors.CLOSED);
      }
    }
    return Jumps.widest(doors);
  }

  @Override
  public Audit replace(Plan plan, Doors doors) {
    int missing = 0;
    int stale = 0;
    int foreign = 0;
    Sets sets = kernel.sets();
    for (Stack stack : stacks) {
      if (!sets.usable(stack)) {
        // A set's type cannot change while rules ask it.
        clear(List.of(stack), sets);
        stale += 1;
        sets = kernel.sets();
      }
    }
    boolean dropInvalid = sysctl.get(LIBERAL).orElse(0) == 0;
    var next = new Model(stacks, markBit, dropInvalid, plan, doors);
    var changes = new EnumMap<Stack, Change>(Stack.class);
    var doorChanges = new EnumMap<Stack, DoorChange>(Stack.class);
    for (Stack stack : stacks) {
      Difference difference =
          Difference.of(stack, kernel.tables(stack), sets, next.contents(stack), doors);
      changes.put(stack, difference.change());
      doorChanges.put(stack, difference.doors());
      missing += difference.audit().missing();
      stale += difference.audit().stale();
      foreign += difference.audit().foreign();
    }
    writing(changes, doorChanges, doors, next.loopback()).make();
    model = next;
    return new Audit(missing, stale, foreign);
  }

  @Override
  public void apply(PlanDelta delta) {
    Model known = known();
    Model.Next next = known.exchange(delta);
    try {
      writing(next.changes(), Map.of(), known.doors(), Model.loopback(next.node())).make();
    } catch (DataplaneException e) {
      next.undo().run();
      throw e;
    }
    known.keep(next);
  }

  @Override
  public void doors(Doors doors) {
    Model known = known();
    if (doors == known.doors()) {
      return;
    }
    var changes = new EnumMap<Stack, DoorChange>(Stack.class);
    for (Stack stack : stacks) {
      changes.put(
          stack, DoorChange.between(Jumps.of(stack, known.doors()), Jumps.of(stack, doors)));
    }
    try {
      writing(Map.of(), changes, doors, known.loopback()).make();
    } catch (DataplaneException e) {
      // Another hand may have taken away what was to be deleted. Reading it all takes long.
      var found = new EnumMap<Stack, DoorChange>(Stack.class);
      for (Stack stack : stacks) {
        found.put(
            stack, Difference.doors(stack, kernel.tables(stack), known.contents(stack), doors));
      }
      if (found.equals(changes)) {
        throw e;
      }
      writing(Map.of(), found, doors, known.loopback()).make();
    }
    known.doors(doors);
  }

  @Override
  public List<StickyClient> clients() {
    return List.copyOf(Clients.of(stacks, known().ports()).in(kernel.savedSets()));
  }

  @Override
  public int remember(Collection<StickyClient> clients) {
    Clients sets = Clients.of(stacks, known().ports());
    var additions = sets.additions(clients, sets.in(kernel.savedSets()));
    if (!additions.isEmpty()) {
      var steps = new Steps();
      steps.partly(
          () -> kernel.sets(Script.remembering(additions)),
          () -> kernel.sets(Script.forgetting(additions)));
      steps.make();
    }
    return additions.size();
  }

  private Model known() {
    Model known = model;
    if (known == null) {
      throw new IllegalStateException("replace comes first");
    }
    return known;
  }

  private Writing writing(
      Map<Stack, Change> changes, Map<Stack, DoorChange> doorChanges, Doors doors, boolean route) {
    return new Writing(
        kernel, new LoopbackRoute(sysctl, backend), changes, doorChanges, doors, route);
  }

  /** Takes everything of some stacks away; whether there was anything. */
  private boolean clear(List<Stack> some, Sets sets) {
    Map<Stack, Difference> all = left(some, sets);
    var changes = new EnumMap<Stack, Change>(Stack.class);
    var doorChanges = new EnumMap<Stack, DoorChange>(Stack.class);
    all.forEach(
        (stack, difference) -> {
          changes.put(stack, difference.change());
          doorChanges.put(stack, difference.doors());
        });
    writing(changes, doorChanges, Doors.CLOSED, false).clear();
    return !clean(all);
  }

  private Map<Stack, Difference> left(List<Stack> some, Sets sets) {
    var left = new EnumMap<Stack, Difference>(Stack.class);
    for (Stack stack : some) {
      left.put(stack, Difference.of(stack, kernel.tables(stack), sets, null, Doors.CLOSED));
    }
    return left;
  }

  private static boolean clean(Map<Stack, Difference> some) {
    return some.values().stream().allMatch(difference -> difference.audit().clean());
  }

  @Override
  public void remove() {
    model = null;
    if (clear(stacks, kernel.sets()) && !clean(left(stacks, kernel.sets()))) {
      throw new DataplaneException(
          "something of mode iptables is still there, or there again, after it was deleted: see"
              + " iptables-save and ipset list for PORTOLAN",
          null);
    }
  }

  /** Holds nothing; the kernel keeps its state. */
  @Override
  public void close() {
    model = null;
  }
}
