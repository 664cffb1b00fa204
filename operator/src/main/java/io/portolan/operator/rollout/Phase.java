package io.portolan.operator.rollout;

/** Where a rollout stands. */
public sealed interface Phase {
  /** The word in {@code status.rollout.phase}. */
  String word();

  /** One sentence for a person. */
  String message();

  /** There is no node to move. */
  record Idle() implements Phase {
    @Override
    public String word() {
      return "Idle";
    }

    @Override
    public String message() {
      return "no nodes";
    }
  }

  /** Nodes move, or are awaited. */
  record Progressing(int done, int total) implements Phase {
    @Override
    public String word() {
      return "Progressing";
    }

    @Override
    public String message() {
      return "%d of %d nodes done".formatted(done, total);
    }
  }

  /** Nodes would move, were it not for {@code spec.rollout.paused}. */
  record Paused(int heldBack, int total) implements Phase {
    @Override
    public String word() {
      return "Paused";
    }

    @Override
    public String message() {
      return "%d of %d nodes wait for spec.rollout.paused to become false"
          .formatted(heldBack, total);
    }
  }

  /** Every reachable node runs the update revision. */
  record Complete(int total, int unreachable) implements Phase {
    @Override
    public String word() {
      return "Complete";
    }

    @Override
    public String message() {
      return unreachable == 0
          ? "all %d nodes done".formatted(total)
          : "all nodes done but %d of %d that are not Ready".formatted(unreachable, total);
    }
  }

  /** Nodes did not take their revision in time, and nothing else can move until that changes. */
  record Failed(int failed, int done, int total) implements Phase {
    @Override
    public String word() {
      return "Failed";
    }

    @Override
    public String message() {
      return "%d nodes did not become ready in time; %d of %d done".formatted(failed, done, total);
    }
  }
}
