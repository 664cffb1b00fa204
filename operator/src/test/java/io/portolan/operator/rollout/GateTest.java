package io.portolan.operator.rollout;

import static io.portolan.operator.rollout.Fleets.LONG;
import static io.portolan.operator.rollout.Fleets.NEW;
import static io.portolan.operator.rollout.Fleets.TIMEOUT;
import static io.portolan.operator.rollout.Fleets.ill;
import static io.portolan.operator.rollout.Fleets.troubled;
import static io.portolan.operator.rollout.Fleets.unreachable;
import static io.portolan.operator.rollout.Fleets.well;
import static io.portolan.operator.rollout.Fleets.wellAt;
import static io.portolan.operator.rollout.Fleets.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The gate of a wave")
class GateTest {
  private static final Probe NOT_MEASURED = new Probe.NotMeasured();

  @Test
  @DisplayName("a node that is not well is waited for until nodeTimeout, then fails with its words")
  void timeout() {
    var soon = ill("b", NEW, TIMEOUT.minusSeconds(7));
    assertThat(Gate.of(with(wellAt(NEW, 2), soon), TIMEOUT))
        .isEqualTo(new Gate.Pending(1, "b", Optional.of(Duration.ofSeconds(7))));
    assertThat(Gate.of(with(wellAt(NEW, 2), ill("b", NEW, TIMEOUT)), TIMEOUT))
        .isEqualTo(new Gate.Failing("NodeNotReady", "b", "its own words"));
  }

  @Test
  @DisplayName(
      "a crash loop and failed probes fail at once; one failed probe of a thousand does not")
  void trouble() {
    var crashing =
        troubled(ill("a", NEW, Duration.ZERO), Optional.of("ended 4 times"), NOT_MEASURED);
    assertThat(Gate.of(List.of(crashing), TIMEOUT))
        .isEqualTo(new Gate.Failing("AgentFailed", "a", "ended 4 times"));
    assertThat(Gate.of(List.of(probed(20)), TIMEOUT))
        .isEqualTo(new Gate.Failing("ProbesFailed", "a", "20 of 1000 probes failed"));
    assertThat(Gate.of(List.of(probed(1)), TIMEOUT)).isInstanceOf(Gate.Passing.class);
  }

  @Test
  @DisplayName("a lost node does not block half of them being well, and fails the rest of the time")
  void lost() {
    var half = List.of(well("a", NEW), unreachable("b", NEW, LONG));
    assertThat(Gate.of(half, TIMEOUT)).isInstanceOf(Gate.Passing.class);
    var alone = List.of(unreachable("b", NEW, LONG));
    assertThat(Gate.of(alone, TIMEOUT)).isInstanceOf(Gate.Failing.class);
    var lately = List.of(unreachable("b", NEW, Duration.ofSeconds(1)));
    assertThat(Gate.of(lately, TIMEOUT)).isInstanceOf(Gate.Pending.class);
  }

  private static NodeProgress probed(int failed) {
    return troubled(well("a", NEW), Optional.empty(), new Probe.Measured(1000, failed, 3));
  }
}
