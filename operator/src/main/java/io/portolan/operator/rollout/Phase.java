package io.portolan.operator.rollout;

/**
 * Where a rollout stands.
 *
 * <p>{@link #word()} is the word in {@code status.rollout.phase}, {@link #message()} one sentence
 * for a person; it holds no countdown, so that it changes only when something happens.
 */
public sealed interface Phase {
  /** One sentence for a person. */
  String message();

  /** The word in the status: the name of the record. */
  default String word() {
    return getClass().getSimpleName();
  }

  /** There is no node to move. */
  record Idle() implements Phase {
    @Override
    public String message() {
      return "no nodes";
    }
  }

  /** Nodes move, or are awaited. */
  record Progressing(String message) implements Phase {}

  /** Every node of the wave is well; it must stay so for a while. */
  record Soaking(String message) implements Phase {}

  /** The canary is well, and a person must say so too. */
  record AwaitingPromotion(String message) implements Phase {}

  /** The next nodes may only be moved when a maintenance window opens. */
  record WaitingForWindow(String message) implements Phase {}

  /** Nothing can move until someone repairs a node, or changes the rollout's bounds. */
  record Blocked(String message) implements Phase {}

  /** Nodes would move, were it not for {@code spec.rollout.paused}. */
  record Paused(String message) implements Phase {}

  /** Nodes would move, were it not for {@code spec.rollout.dryRun}. */
  record DryRun(String message) implements Phase {}

  /** Every reachable node runs the update revision. */
  record Complete(int total, int unreachable) implements Phase {
    @Override
    public String message() {
      return unreachable == 0
          ? "all %d nodes done".formatted(total)
          : "all nodes done but %d of %d that are not Ready".formatted(unreachable, total);
    }
  }

  /** Nodes did not take their revision in time, and nothing else moves until that changes. */
  record Failed(String message) implements Phase {}

  /** The revision failed; the nodes that have it go back. */
  record RollingBack(String message) implements Phase {}

  /**
   * The revision failed, and no node has it any more.
   *
   * @param lost nodes that went back and did not become well again in time
   */
  record RolledBack(int lost, String message) implements Phase {}
}
