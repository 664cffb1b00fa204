package io.portolan.operator.rollout;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The target proves itself, wave by wave.
 *
 * <ol>
 *   <li>The {@link Gate} fails: the failure is kept, what was handed out and not written is fenced,
 *       and {@link Retreat} begins in the same plan, or everything stops.
 *   <li>A node that never had a revision gets the last good one; the target where its wave is open
 *       or past. One that comes from another ProxyConfig gets the last good one within the budget.
 *   <li>What was handed out is finished before anything else is.
 *   <li>The open wave is filled within the budget: first nodes that have a revision which was given
 *       up, then healthy ones in the order of {@link Situation}, then unavailable ones; the canary
 *       takes those only when there is no other.
 *   <li>A node that is ill with a revision which was given up, and which the open wave does not
 *       take, goes back at once: it would hold the budget for ever.
 *   <li>A full wave whose gate passes soaks, counted from when it began to pass, or from the last
 *       restart of an agent or drift, if that is later. Then, the canary being promoted where that
 *       is asked for, the next wave that has something to do opens; after the last one the target
 *       is good.
 * </ol>
 *
 * <p>While paused nothing is judged and nothing moves. Outside of the maintenance windows nothing
 * is handed out, but what was handed out is judged, and taken back if need be.
 */
final class Advance {
  private final Situation s;
  private final RolloutPolicy policy;
  private final String target;
  private final String good;
  private final List<NodeProgress> members;
  private final Gate gate;
  private final boolean hurry;
  private final List<String> fences;
  private final List<Move> moves = new ArrayList<>();
  private RolloutState state;

  private Advance(Situation s) {
    this.s = s;
    this.policy = s.policy();
    this.state = s.state();
    this.target = Objects.requireNonNull(state.target());
    this.good = Objects.requireNonNull(state.good());
    this.members = s.where(n -> n.has(target));
    this.gate = gated(Gate.of(judged(), policy));
    this.hurry = target.equals(s.view().orders().expedite());
    this.fences = new ArrayList<>(s.fences());
  }

  static RolloutPlan plan(Situation s) {
    return new Advance(s).plan();
  }

  /** What happened before the target was asked for, or retried, is not held against it. */
  private List<NodeProgress> judged() {
    Instant began = state.began();
    Duration most = began == null ? NodeHealth.NEVER_DISTURBED : Duration.between(began, s.now());
    return members.stream().map(n -> n.waitedAtMost(most)).toList();
  }

  /** A query of the user's that returns something is as bad as a node that is. */
  private Gate gated(Gate found) {
    return members.isEmpty() || found instanceof Gate.Failing
        ? found
        : outside(ExternalGate.State.SHUT)
            .<Gate>map(g -> new Gate.Failing("GateShut", "gate " + g.name(), g.words()))
            .orElse(found);
  }

  private Optional<ExternalGate> outside(ExternalGate.State state) {
    return s.view().gates().stream().filter(g -> g.state() == state).findFirst();
  }

  private RolloutPlan plan() {
    if (gate instanceof Gate.Failing failing && !policy.paused()) {
      return failed(failing);
    }
    for (NodeProgress node : s.where(NodeProgress::fresh)) {
      moves.add(new Move(node.node(), passed(node) && !policy.paused() ? target : good, false));
    }
    List<NodeProgress> handed = s.outstanding();
    if (!handed.isEmpty() && !policy.paused()) {
      String to = Objects.requireNonNull(state.movingTo());
      // One that was ill when it was handed out may serve by now, and take room.
      List<NodeProgress> movable = s.next(handed, handed.size());
      moves.addAll(s.moves(movable, to));
      returnIll(handed);
      return movable.isEmpty() ? noRoom() : progressing();
    }
    if (!handed.isEmpty()) {
      fences.addAll(Situation.names(handed));
      state = state.hands(List.of(), target);
    }
    if (!policy.paused()) {
      List<NodeProgress> adopted =
          s.next(s.where(n -> !n.fresh() && !n.ours()), RolloutState.BATCH);
      if (!adopted.isEmpty()) {
        return hand(adopted, good);
      }
    }
    return waves();
  }

  private RolloutPlan failed(Gate.Failing failing) {
    fences.addAll(Situation.names(s.outstanding()));
    var failure =
        new Failure(
            target,
            failing.reason(),
            failing.node(),
            failing.message(),
            s.now(),
            s.view().orders().retry());
    return RolloutPlanner.stage(new Situation(s.view(), state.failed(failure), fences));
  }

  private RolloutPlan waves() {
    while (true) {
      List<NodeProgress> candidates = candidates(state.wave());
      returnIll(candidates);
      if (!candidates.isEmpty()) {
        return fill(candidates);
      }
      if (members.isEmpty() && state.wave() == 0) {
        return still(
            new Phase.Blocked("no node for the canary: none that is Ready matches it"),
            Optional.empty());
      }
      if (!(gate instanceof Gate.Passing passing)) {
        state = state.soaking(null);
        return progressing();
      }
      Instant now = s.now();
      Instant since = Objects.requireNonNullElse(state.soakSince(), now);
      state = state.soaking(since);
      Optional<RolloutPlan> waiting = soak(passing, since);
      if (waiting.isPresent()) {
        return waiting.get();
      }
      Optional<ExternalGate> unknown = outside(ExternalGate.State.UNKNOWN);
      if (unknown.isPresent()) {
        return still(
            new Phase.Blocked(
                "gate %s cannot be asked: %s"
                    .formatted(unknown.get().name(), unknown.get().words())),
            Optional.empty());
      }
      int next = state.wave() + 1;
      while (next < policy.waves().size() && candidates(next).isEmpty()) {
        next++;
      }
      if (next >= policy.waves().size()) {
        return passing.well() > 0
            ? RolloutPlanner.stage(new Situation(s.view(), state.proven(), fences))
            : still(new Phase.Blocked("no node that has it is Ready"), Optional.empty());
      }
      Optional<RolloutPlan> held = held();
      if (held.isPresent()) {
        return held.get();
      }
      state = state.opens(next);
    }
  }

  private void returnIll(List<NodeProgress> candidates) {
    if (policy.paused()) {
      return;
    }
    Set<String> taken = new HashSet<>(Situation.names(candidates));
    moves.forEach(m -> taken.add(m.node()));
    s.where(n -> touched(n) && !n.has(target) && !n.available() && !taken.contains(n.node()))
        .forEach(n -> moves.add(new Move(n.node(), good, false)));
  }

  private RolloutPlan fill(List<NodeProgress> candidates) {
    Optional<RolloutPlan> held = held();
    if (held.isPresent()) {
      return held.get();
    }
    Optional<ExternalGate> shut =
        members.isEmpty() ? outside(ExternalGate.State.SHUT) : Optional.empty();
    if (shut.isPresent()) {
      return still(
          new Phase.Blocked(
              "gate %s is shut before any node has the change: %s"
                  .formatted(shut.get().name(), shut.get().words())),
          Optional.empty());
    }
    List<NodeProgress> next = s.next(candidates, candidates.size());
    if (!next.isEmpty()) {
      state = state.soaking(null);
      return hand(next, target);
    }
    return noRoom();
  }

  private RolloutPlan noRoom() {
    List<NodeProgress> ill = s.where(n -> !n.available());
    return gate instanceof Gate.Pending
        ? progressing()
        : still(
            new Phase.Blocked(
                "maxUnavailable (%d) is used up by %d nodes that are not available: %s"
                    .formatted(s.budget(), ill.size(), Situation.some(ill))),
            Optional.empty());
  }

  /** The nodes that a wave still has to take. */
  private List<NodeProgress> candidates(int index) {
    Wave wave = policy.waves().get(Math.min(index, policy.waves().size() - 1));
    int open = wave.quota(s.total()) - members.size();
    if (open <= 0) {
      return List.of();
    }
    var all = new ArrayList<NodeProgress>();
    List<NodeProgress> covered =
        s.where(n -> n.reachable() && n.ours() && !n.fresh() && !n.has(target) && wave.covers(n));
    covered.stream().filter(this::touched).forEach(all::add);
    covered.stream().filter(n -> !touched(n) && n.available()).forEach(all::add);
    if (index > 0 || all.isEmpty()) {
      covered.stream().filter(n -> !touched(n) && !n.available()).forEach(all::add);
    }
    return all.size() > open ? all.subList(0, open) : all;
  }

  private boolean touched(NodeProgress node) {
    return state.unproven(node.assigned());
  }

  /** Whether the wave that a new node belongs to is past, or open and without a bound. */
  private boolean passed(NodeProgress node) {
    return policy.waves().stream()
        .limit(state.wave() + 1L)
        .skip(1)
        .anyMatch(w -> w.quota(s.total()) == Wave.ALL && w.covers(node));
  }

  private Optional<RolloutPlan> soak(Gate.Passing passing, Instant since) {
    Instant now = s.view().now();
    Instant disturbed = now.minus(passing.calm());
    Instant end = (since.isAfter(disturbed) ? since : disturbed).plus(policy.soak(state.wave()));
    if (end.isAfter(now) && !hurry) {
      return Optional.of(
          still(
              new Phase.Soaking(
                  "%s: %d nodes are well since %s and must stay so until %s"
                      .formatted(words(), passing.well(), seconds(since), seconds(end))),
              Optional.of(Duration.between(now, end))));
    }
    if (state.wave() == 0 && policy.manual() && !hurry && !promoted()) {
      return Optional.of(
          still(
              new Phase.AwaitingPromotion(
                  "the canary is well; annotate portolan.io/promote=" + target),
              Optional.empty()));
    }
    return Optional.empty();
  }

  private boolean promoted() {
    return target.equals(s.view().orders().promote());
  }

  private Optional<RolloutPlan> held() {
    if (policy.paused()) {
      return Optional.of(
          still(
              new Phase.Paused(
                  "%d of %d nodes wait for spec.rollout.paused to become false"
                      .formatted(s.total() - members.size(), s.total())),
              Optional.empty()));
    }
    Instant now = s.view().now();
    if (hurry || Window.open(policy.windows(), now)) {
      return Optional.empty();
    }
    Instant next = Window.next(policy.windows(), now).orElse(now);
    return Optional.of(
        still(
            new Phase.WaitingForWindow(
                "%s: the next window opens at %s".formatted(words(), seconds(next))),
            Optional.of(Duration.between(now, next))));
  }

  private RolloutPlan hand(List<NodeProgress> nodes, String revision) {
    state = state.hands(Situation.names(nodes), revision);
    moves.addAll(s.moves(nodes, revision));
    return progressing();
  }

  private RolloutPlan progressing() {
    int done = (int) members.stream().filter(NodeProgress::available).count();
    Optional<Duration> next =
        gate instanceof Gate.Pending pending ? pending.next() : Optional.empty();
    return still(
        new Phase.Progressing("%s: %d of %d nodes done".formatted(words(), done, s.total())), next);
  }

  private RolloutPlan still(Phase phase, Optional<Duration> next) {
    boolean started =
        !members.isEmpty() || moves.stream().anyMatch(m -> m.revision().equals(target));
    return new RolloutPlan(
        fences, started ? target : good, state, moves, phase, List.of(), next, Optional.empty());
  }

  private String words() {
    int index = Math.min(state.wave(), policy.waves().size() - 1);
    return "wave %d of %d (%s)"
        .formatted(index + 1, policy.waves().size(), policy.waves().get(index).words());
  }

  private static String seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
