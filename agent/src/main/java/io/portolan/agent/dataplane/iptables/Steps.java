package io.portolan.agent.dataplane.iptables;

import io.portolan.agent.dataplane.DataplaneException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Steps that are made in their order. */
final class Steps {
  /**
   * One of them.
   *
   * @param whole whether it is made whole or not at all
   */
  private record Step(Runnable make, Runnable undo, boolean whole) {}

  private final List<Step> steps = new ArrayList<>();

  /** Adds a step that is made whole or not at all. */
  void whole(Runnable make, Runnable undo) {
    steps.add(new Step(make, undo, true));
  }

  /** Adds a step that may be made in part when it is refused. */
  void partly(Runnable make, Runnable undo) {
    steps.add(new Step(make, undo, false));
  }

  /**
   * Makes them; when one is refused, what was made before is undone, last first.
   *
   * @throws DataplaneException of the step that was refused
   */
  void make() {
    var undo = new ArrayDeque<Runnable>();
    try {
      for (Step step : steps) {
        if (!step.whole()) {
          undo.push(step.undo());
        }
        step.make().run();
        if (step.whole()) {
          undo.push(step.undo());
        }
      }
    } catch (DataplaneException e) {
      for (Runnable back : undo) {
        try {
          back.run();
        } catch (DataplaneException second) {
          e.addSuppressed(second);
        }
      }
      throw e;
    }
  }

  /** Makes them; when one is refused, those before it stay made. */
  void makeAsFarAsPossible() {
    steps.forEach(step -> step.make().run());
  }
}
