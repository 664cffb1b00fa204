package io.portolan.agent.sync;

import io.portolan.agent.dataplane.Audit;
import io.portolan.agent.dataplane.Dataplane;
import io.portolan.agent.dataplane.DataplaneException;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.StickyClient;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PlanDelta;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A dataplane whose kernel is a map; it outlives {@link #close()} as a kernel does. */
public final class RecordingDataplane implements Dataplane {
  private final Map<PortKey, PortPlan> ports = new HashMap<>();
  private final List<String> calls = new ArrayList<>();
  private final List<PlanDelta> deltas = new ArrayList<>();
  private NodeFacts node = NodeFacts.NONE;
  private final Map<String, StickyClient> clients = new LinkedHashMap<>();
  private @Nullable Doors doors;
  private Consumer<Doors> opened = now -> {};
  private boolean known;
  private int refusals;
  private String refusal = "";

  @Override
  public synchronized Optional<Doors> found() {
    return Optional.ofNullable(doors);
  }

  @Override
  public synchronized Audit replace(Plan plan, Doors wanted) {
    Audit audit = replace(plan);
    moved(wanted);
    return audit;
  }

  @Override
  public synchronized void doors(Doors wanted) {
    if (!known) {
      throw new IllegalStateException("doors before replace");
    }
    called("doors " + wanted);
    moved(wanted);
  }

  private void moved(Doors wanted) {
    doors = wanted;
    opened.accept(wanted);
  }

  @Override
  public synchronized List<StickyClient> clients() {
    return List.copyOf(clients.values());
  }

  @Override
  public synchronized int remember(Collection<StickyClient> more) {
    int before = clients.size();
    more.forEach(c -> clients.putIfAbsent(c.service() + " " + c.client(), c));
    return clients.size() - before;
  }

  /** Another hand leaves this behind. */
  public synchronized void left(Doors there) {
    doors = there;
  }

  /** Is told how the doors stand, whenever they are set. */
  public synchronized void watch(Consumer<Doors> observer) {
    opened = observer;
  }

  private synchronized Audit replace(Plan plan) {
    called("replace");
    int missing = 0;
    int stale = 0;
    for (PortPlan port : plan.ports().values()) {
      PortPlan held = ports.get(port.key());
      missing += held == null ? 1 : 0;
      stale += held != null && !held.equals(port) ? 1 : 0;
    }
    int foreign = (int) ports.keySet().stream().filter(k -> !plan.ports().containsKey(k)).count();
    ports.clear();
    ports.putAll(plan.ports());
    node = plan.node();
    known = true;
    return new Audit(missing, stale, foreign);
  }

  @Override
  public synchronized void apply(PlanDelta delta) {
    if (!known) {
      throw new IllegalStateException("apply before replace");
    }
    called("apply");
    deltas.add(delta);
    delta.removed().forEach(ports::remove);
    delta.changed().forEach(port -> ports.put(port.key(), port));
    node = delta.node() == null ? node : delta.node();
  }

  @Override
  public synchronized void remove() {
    called("remove");
    doors = null;
    clients.clear();
    ports.clear();
    node = NodeFacts.NONE;
    known = false;
  }

  @Override
  public synchronized void close() {
    known = false;
  }

  /** Refuses the next calls. */
  public synchronized void refuse(int times, String words) {
    refusals = times;
    refusal = words;
  }

  /** Another hand takes everything out of the kernel. */
  public synchronized void lose() {
    ports.clear();
  }

  /** What the kernel holds. */
  public synchronized Plan held() {
    return new Plan(node, Map.copyOf(ports));
  }

  /** The port of a Service, null when the kernel has none. */
  public synchronized @Nullable PortPlan port(Predicate<PortKey> key) {
    return ports.values().stream().filter(p -> key.test(p.key())).findFirst().orElse(null);
  }

  /** What was called since the start. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  /** The deltas that were applied. */
  public synchronized List<PlanDelta> deltas() {
    return List.copyOf(deltas);
  }

  private void called(String call) {
    if (refusals > 0) {
      refusals--;
      calls.add(call + " refused");
      throw new DataplaneException(refusal, new IllegalStateException(refusal));
    }
    calls.add(call);
  }
}
