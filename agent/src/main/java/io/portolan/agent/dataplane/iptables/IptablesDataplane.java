package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.kernel.Sysctl;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Mode iptables, with either of its backends. {@code docs/design/iptables.md} tells how the tables
 * are laid out, {@link NodeRules} and {@link PortRules} have the rules.
 *
 * <p>Each table of each family is one commit; a change that is refused in one of them is undone in
 * those before it.
 */
public final class IptablesDataplane implements Dataplane {
  /**
   * The bit of the packet mark that is used unless another one is asked for. None of kube-proxy,
   * kubelet, the CNI plugins, Cilium, Calico, Istio and Tailscale has it.
   */
  public static final int MARK_BIT = 0x1000;

  private static final String ROUTE_LOCALNET = "ipv4/conf/all/route_localnet";
  private static final String LIBERAL = "netfilter/nf_conntrack_tcp_be_liberal";

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

  /** What the kernel holds, as far as it is needed to know what a change must write. */
  private static final class Model {
    private final boolean dropInvalid;
    private final Map<PortKey, PortPlan> ports;
    private final Map<Stack, Contents> contents;
    private NodeFacts node;

    Model(boolean dropInvalid, Plan plan, Map<Stack, Contents> contents) {
      this.dropInvalid = dropInvalid;
      this.ports = new HashMap<>(plan.ports());
      this.contents = contents;
      this.node = plan.node();
    }
  }

  @Override
  public Optional<Doors> found() {
    throw new UnsupportedOperationException("found");
  }

  @Override
  public Audit replace(Plan plan, Doors doors) {
    if (doors != Doors.OPEN) {
      throw new UnsupportedOperationException("doors " + doors);
    }
    return replace(plan);
  }

  @Override
  public void doors(Doors doors) {
    throw new UnsupportedOperationException("doors");
  }

  @Override
  public List<StickyClient> clients() {
    throw new UnsupportedOperationException("clients");
  }

  @Override
  public int remember(Collection<StickyClient> clients) {
    throw new UnsupportedOperationException("remember");
  }

  public Audit replace(Plan plan) {
    routeLocalnet(plan.node());
    boolean dropInvalid = sysctl.get(LIBERAL).orElse(0) == 0;
    int missing = 0;
    int stale = 0;
    int foreign = 0;
    Sets sets = kernel.sets();
    for (Stack stack : stacks) {
      if (!sets.usable(stack)) {
        // A set's type cannot change while rules ask it.
        Difference all = Difference.of(stack, kernel.tables(stack), sets, null);
        kernel.clear(Map.of(stack, all.change()));
        stale += 1;
        sets = kernel.sets();
      }
    }
    var contents = new EnumMap<Stack, Contents>(Stack.class);
    var changes = new EnumMap<Stack, Change>(Stack.class);
    for (Stack stack : stacks) {
      var wanted = new Contents(stack);
      var shares = new ArrayList<Share>();
      shares.add(new NodeRules(stack, markBit, dropInvalid).share(plan.node()));
      for (PortPlan port : plan.ports().values()) {
        if (port.key().family() == stack.family()) {
          shares.add(PortRules.of(stack, plan.node(), markBit, port));
        }
      }
      wanted.exchange(List.of(), shares);
      contents.put(stack, wanted);
      Difference difference = Difference.of(stack, kernel.tables(stack), sets, wanted);
      changes.put(stack, difference.change());
      missing += difference.audit().missing();
      stale += difference.audit().stale();
      foreign += difference.audit().foreign();
    }
    kernel.make(changes);
    model = new Model(dropInvalid, plan, contents);
    return new Audit(missing, stale, foreign);
  }

  @Override
  public void apply(PlanDelta delta) {
    Model known = model;
    if (known == null) {
      throw new IllegalStateException("replace comes first");
    }
    NodeFacts before = known.node;
    NodeFacts after = delta.node() == null ? before : delta.node();
    routeLocalnet(after);
    var gone = new ArrayList<PortPlan>();
    var come = new ArrayList<>(delta.changed());
    for (PortPlan port : delta.changed()) {
      add(gone, known.ports.get(port.key()));
    }
    for (PortKey key : delta.removed()) {
      add(gone, known.ports.get(key));
    }
    if (!podsTold(before).equals(podsTold(after))) {
      var others = new HashMap<>(known.ports);
      gone.forEach(port -> others.remove(port.key()));
      gone.addAll(others.values());
      come.addAll(others.values());
    }
    var changes = new EnumMap<Stack, Change>(Stack.class);
    var undo = new ArrayList<Runnable>();
    for (Stack stack : stacks) {
      Contents contents = known.contents.get(stack);
      if (contents == null) {
        throw new IllegalStateException(stack + " was left out");
      }
      List<Share> old = shares(stack, before, gone);
      List<Share> now = shares(stack, after, come);
      if (!before.equals(after)) {
        var rules = new NodeRules(stack, markBit, known.dropInvalid);
        old.add(rules.share(before));
        now.add(rules.share(after));
      }
      changes.put(stack, contents.exchange(old, now));
      undo.add(() -> contents.exchange(now, old));
    }
    try {
      kernel.make(changes);
    } catch (DataplaneException e) {
      undo.forEach(Runnable::run);
      throw e;
    }
    gone.forEach(port -> known.ports.remove(port.key()));
    come.forEach(port -> known.ports.put(port.key(), port));
    known.node = after;
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

  private List<Share> shares(Stack stack, NodeFacts node, List<PortPlan> ports) {
    var shares = new ArrayList<Share>();
    for (PortPlan port : ports) {
      if (port.key().family() == stack.family()) {
        shares.add(PortRules.of(stack, node, markBit, port));
      }
    }
    return shares;
  }

  /** Packets of the node to 127.0.0.1 leave it after their translation. */
  private void routeLocalnet(NodeFacts node) {
    if (node.nodePortAddresses().contains(NodeRules.LOOPBACK)) {
      try {
        sysctl.set(ROUTE_LOCALNET, 1);
      } catch (IOException e) {
        throw new DataplaneException(
            "NodePorts on loopback need net/" + ROUTE_LOCALNET + "=1, which cannot be set: " + e,
            e);
      }
    }
  }

  @Override
  public void remove() {
    model = null;
    for (int attempt = 1; attempt <= 2; attempt++) {
      Sets sets = kernel.sets();
      var changes = new EnumMap<Stack, Change>(Stack.class);
      boolean clean = true;
      for (Stack stack : stacks) {
        Difference difference = Difference.of(stack, kernel.tables(stack), sets, null);
        clean &= difference.audit().clean();
        changes.put(stack, difference.change());
      }
      if (clean) {
        return;
      }
      if (attempt == 2) {
        throw new DataplaneException(
            "something of mode iptables is still there, or there again, after it was deleted: see"
                + " iptables-save and ipset list for PORTOLAN",
            null);
      }
      kernel.clear(changes);
    }
  }

  /** Holds nothing; the kernel keeps its state. */
  @Override
  public void close() {
    model = null;
  }
}
