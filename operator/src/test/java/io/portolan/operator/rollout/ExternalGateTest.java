package io.portolan.operator.rollout;

import static io.portolan.operator.rollout.Fleets.BEGUN;
import static io.portolan.operator.rollout.Fleets.NEW;
import static io.portolan.operator.rollout.Fleets.NOW;
import static io.portolan.operator.rollout.Fleets.OLD;
import static io.portolan.operator.rollout.Fleets.plan;
import static io.portolan.operator.rollout.Fleets.well;
import static io.portolan.operator.rollout.Fleets.wellAt;
import static io.portolan.operator.rollout.Fleets.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.operator.rollout.ExternalGate.State;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A gate that is a query of the user's")
class ExternalGateTest {
  private static final ExternalGate SHUT =
      new ExternalGate("errors", State.SHUT, "its query returns 2 series");
  private static final ExternalGate UNKNOWN =
      new ExternalGate("errors", State.UNKNOWN, "connection refused");
  private static final List<NodeProgress> CANARY = with(wellAt(OLD, 3), well("a", NEW));
  private static final RolloutState SOAKED = BEGUN.soaking(NOW.minusSeconds(3000));

  @Test
  @DisplayName("open: the next wave begins")
  void open() {
    var gate = new ExternalGate("errors", State.OPEN, "");
    assertThat(plan(CANARY, SOAKED, gate).moves()).extracting(Move::node).containsExactly("b");
  }

  @Test
  @DisplayName("shut while a node has the change: it goes back, and the failure says why")
  void shut() {
    RolloutPlan plan = plan(CANARY, BEGUN, SHUT);
    assertThat(plan.moves()).containsExactly(new Move("a", OLD, false));
    assertThat(plan.state().failure())
        .extracting(Failure::reason, Failure::node, Failure::message)
        .containsExactly("GateShut", "gate errors", "its query returns 2 series");
  }

  @Test
  @DisplayName("shut before any node has the change: nothing begins, and nothing has failed")
  void shutBefore() {
    RolloutPlan plan = plan(wellAt(OLD, 3), BEGUN, SHUT);
    assertThat(plan.moves()).isEmpty();
    assertThat(plan.state().failure()).isNull();
    assertThat(plan.phase().message()).contains("errors", "returns 2 series");
  }

  @Test
  @DisplayName("not to be asked: the wave waits and says why, and nothing has failed")
  void unknown() {
    RolloutPlan plan = plan(CANARY, SOAKED, UNKNOWN);
    assertThat(plan.moves()).isEmpty();
    assertThat(plan.state().failure()).isNull();
    assertThat(plan.phase()).isInstanceOf(Phase.Blocked.class);
    assertThat(plan.phase().message()).contains("errors", "connection refused");
  }
}
