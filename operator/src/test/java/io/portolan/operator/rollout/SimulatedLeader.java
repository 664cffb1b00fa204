package io.portolan.operator.rollout;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An operator: its caches, and {@link Execution} on them. It can end after any write, and it can be
 * held up before one while the world goes on.
 */
final class SimulatedLeader implements Execution.Hands {
  /** The operator ended. */
  static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Killed() {
      super("killed", null, false, false);
    }
  }

  private final SimulatedServer server;
  private final Map<String, SimulatedNode> cache = new HashMap<>();
  private RolloutState state;
  private long stateVersion;
  private int writesLeft = Integer.MAX_VALUE;
  private int heldUpAfter = Integer.MAX_VALUE;
  private Runnable meanwhile = () -> {};

  /** Sees everything as it is now. */
  SimulatedLeader(SimulatedServer server) {
    this.server = server;
    cache.putAll(server.nodes);
    this.state = server.state;
    this.stateVersion = server.stateVersion;
  }

  void killedAfter(int writes) {
    writesLeft = writes;
  }

  /** Before the write after these, this happens. */
  void heldUp(int writes, Runnable what) {
    heldUpAfter = writes;
    meanwhile = what;
  }

  /** News of some nodes arrives, of others later; a copy that is older than ours is no news. */
  void hear(double share) {
    cache.keySet().retainAll(server.nodes.keySet());
    server.nodes.forEach(
        (name, node) -> {
          if (!cache.containsKey(name) || server.random.nextDouble() < share) {
            cache.put(name, node);
          }
        });
    if (server.random.nextDouble() < share) {
      state = server.state;
      stateVersion = server.stateVersion;
    }
  }

  Execution.Result run() {
    return Execution.run(this);
  }

  @Override
  public RolloutView look() {
    return new RolloutView(
        cache.values().stream().map(n -> n.progress(server.now)).toList(),
        server.update,
        server.baseline,
        state,
        server.policy,
        server.orders,
        List.of(),
        server.now);
  }

  @Override
  public boolean current(Set<String> nodes) {
    boolean same = true;
    for (String name : nodes) {
      SimulatedNode node = server.nodes.get(name);
      same &= node == null || node.equals(cache.put(name, node));
    }
    return same;
  }

  @Override
  public boolean fence(String node) {
    beforeWrite();
    SimulatedNode seen = cache.get(node);
    boolean done = seen == null || server.fence(node, seen.version());
    return wrote(node, done);
  }

  @Override
  public boolean shape(String revision) {
    return true;
  }

  @Override
  public boolean record(RolloutPlan plan) {
    if (plan.state().equals(state)) {
      return true;
    }
    beforeWrite();
    boolean done = server.record(plan.state(), stateVersion);
    if (done) {
      state = plan.state();
      stateVersion++;
    } else {
      state = server.state;
      stateVersion = server.stateVersion;
    }
    afterWrite();
    return done;
  }

  @Override
  public boolean move(List<Move> moves) {
    boolean done = true;
    for (Move move : moves) {
      done &= move(move);
    }
    return done;
  }

  private boolean move(Move move) {
    beforeWrite();
    SimulatedNode seen = cache.get(move.node());
    return wrote(move.node(), seen != null && server.move(move, seen));
  }

  private boolean wrote(String node, boolean done) {
    SimulatedNode now = server.nodes.get(node);
    if (now == null) {
      cache.remove(node);
    } else {
      cache.put(node, now);
    }
    afterWrite();
    return done;
  }

  private void beforeWrite() {
    if (heldUpAfter-- == 0) {
      server.say("a leader is held up");
      meanwhile.run();
      server.say("it wakes");
    }
  }

  private void afterWrite() {
    if (--writesLeft == 0) {
      server.say("the leader is killed");
      throw new Killed();
    }
  }
}
