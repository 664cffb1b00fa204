package io.portolan.operator.rollout;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

@Label("Rollouts, simulated")
class SimulationTest {
  @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
  @Label(
      "with lost nodes, slow and hanging agents, late news, conflicts, killed and stale leaders:"
          + " the budget holds, a bad revision stays in the canary wave and is off every node"
          + " within twice the soak, and every run ends")
  void promises(@ForAll long seed) {
    var run = new SimulatedRun(seed);
    try {
      run.run();
    } catch (AssertionError e) {
      List<String> log = run.server().log;
      throw new AssertionError(
          "seed %d: %s%n%s"
              .formatted(
                  seed,
                  e.getMessage(),
                  String.join(
                      System.lineSeparator(),
                      log.subList(Math.max(0, log.size() - 60), log.size()))),
          e);
    }
  }
}
