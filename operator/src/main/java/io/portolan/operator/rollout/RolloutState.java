package io.portolan.operator.rollout;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must outlive the operator because no object tells it. Kept in the ProxyConfig's status.
 *
 * @param good the last revision that passed; null when none ever did
 * @param target the revision that nodes are to come to
 * @param began when the target was first asked for, or last retried
 * @param wave index of the open wave, 0 is the canary
 * @param soakSince since when every member of the wave is well; null while not
 * @param moving names of the nodes that were handed out last, at most {@value #BATCH}
 * @param movingTo the revision they were handed
 * @param failure of the target
 * @param unproven revisions that were targets and never became good, and which nodes may still have
 */
public record RolloutState(
    @Nullable String good,
    @Nullable String target,
    @Nullable Instant began,
    int wave,
    @Nullable Instant soakSince,
    List<String> moving,
    @Nullable String movingTo,
    @Nullable Failure failure,
    List<String> unproven) {
  /** How many nodes are handed out by one write. */
  public static final int BATCH = 25;

  private static final int REMEMBERED = 10;

  /** Nothing has happened yet. */
  public static final RolloutState NONE =
      new RolloutState(null, null, null, 0, null, List.of(), null, null, List.of());

  public RolloutState {
    moving = List.copyOf(moving);
    unproven = List.copyOf(unproven);
  }

  /** Another target: nothing of the rollout before holds, but that its revision is on nodes. */
  RolloutState towards(String next, Instant now) {
    var left = new ArrayList<>(unproven);
    if (target != null && !target.equals(good) && !left.contains(target)) {
      left.addFirst(target);
    }
    left.remove(next);
    return new RolloutState(
        good,
        next,
        now,
        0,
        null,
        List.of(),
        null,
        null,
        left.subList(0, Math.min(left.size(), REMEMBERED)));
  }

  /** The target has passed. */
  RolloutState proven() {
    return new RolloutState(target, target, null, 0, null, List.of(), null, null, List.of());
  }

  RolloutState failed(Failure why) {
    return new RolloutState(good, target, began, wave, null, List.of(), null, why, unproven);
  }

  /** The target tries again, from the wave that it came to or from the canary. */
  RolloutState again(boolean fromTheStart, Instant now) {
    return new RolloutState(
        good, target, now, fromTheStart ? 0 : wave, null, List.of(), null, null, unproven);
  }

  RolloutState opens(int next) {
    return new RolloutState(good, target, began, next, null, List.of(), null, failure, unproven);
  }

  RolloutState soaking(@Nullable Instant since) {
    return new RolloutState(good, target, began, wave, since, moving, movingTo, failure, unproven);
  }

  RolloutState hands(List<String> nodes, String revision) {
    return new RolloutState(
        good,
        target,
        began,
        wave,
        soakSince,
        nodes,
        nodes.isEmpty() ? null : revision,
        failure,
        unproven);
  }

  /** Whether nodes that have this revision have it from a target that never became good. */
  boolean unproven(@Nullable String revision) {
    return revision != null
        && !revision.equals(good)
        && (revision.equals(target) || unproven.contains(revision));
  }
}
