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
import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The gate of a wave")
class GateTest {
  private static final RolloutPolicy POLICY = Fleets.policy(1);

  @Test
  @DisplayName("a node that is not well is waited for until nodeTimeout, then fails with its words")
  void timeout() {
    var soon = ill("b", NEW, TIMEOUT.minusSeconds(7));
    assertThat(Gate.of(with(wellAt(NEW, 2), soon), POLICY))
        .isEqualTo(new Gate.Pending(1, "b", Optional.of(Duration.ofSeconds(7))));
    assertThat(Gate.of(with(wellAt(NEW, 2), ill("b", NEW, TIMEOUT)), POLICY))
        .isEqualTo(new Gate.Failing("NodeNotReady", "b", "its own words"));
  }

  @Test
  @DisplayName(
      "a crash loop and failed probes fail at once; one failed probe of a thousand does not")
  void trouble() {
    var crashing =
        troubled(ill("a", NEW, Duration.ZERO), Optional.of("ended 4 times"), Fleets.UNMEASURED);
    assertThat(Gate.of(List.of(crashing), POLICY))
        .isEqualTo(new Gate.Failing("AgentFailed", "a", "ended 4 times"));
    assertThat(Gate.of(List.of(probed(20, 0)), POLICY))
        .isEqualTo(
            new Gate.Failing(
                "ProbesFailed",
                "a",
                "20 of 100 connections through the node over IPv4 to a Service got no answer; 0 of 100"
                    + " before"));
    assertThat(Gate.of(List.of(probed(1, 0)), POLICY)).isInstanceOf(Gate.Passing.class);
  }

  @Test
  @DisplayName("a node whose connections failed as often before is not blamed for it")
  void before() {
    assertThat(Gate.of(List.of(probed(20, 20)), POLICY)).isInstanceOf(Gate.Passing.class);
    assertThat(Gate.of(List.of(probed(20, 19)), POLICY)).isInstanceOf(Gate.Failing.class);
  }

  @Test
  @DisplayName("connections that take longer than before by more than the bound fail")
  void latency() {
    assertThat(Gate.of(List.of(latency(100_900)), POLICY)).isInstanceOf(Gate.Passing.class);
    assertThat(Gate.of(List.of(latency(150_000)), POLICY))
        .isEqualTo(
            new Gate.Failing(
                "ProbesFailed",
                "a",
                "connections through the node over IPv4 to a Service take 150 ms; 1 ms before"));
  }

  @Test
  @DisplayName("a node that has no probes yet is waited for until nodeTimeout, then fails")
  void measuring() {
    assertThat(Gate.of(List.of(measuring(TIMEOUT.minusSeconds(7))), POLICY))
        .isEqualTo(new Gate.Pending(0, "a", Optional.of(Duration.ofSeconds(7))));
    assertThat(Gate.of(List.of(measuring(TIMEOUT)), POLICY))
        .extracting(g -> ((Gate.Failing) g).reason())
        .isEqualTo("ProbesMissing");
  }

  @Test
  @DisplayName("a lost node does not block half of them being well, and fails the rest of the time")
  void lost() {
    var half = List.of(well("a", NEW), unreachable("b", NEW, LONG));
    assertThat(Gate.of(half, POLICY)).isInstanceOf(Gate.Passing.class);
    var alone = List.of(unreachable("b", NEW, LONG));
    assertThat(Gate.of(alone, POLICY)).isInstanceOf(Gate.Failing.class);
    var lately = List.of(unreachable("b", NEW, Duration.ofSeconds(1)));
    assertThat(Gate.of(lately, POLICY)).isInstanceOf(Gate.Pending.class);
  }

  private static NodeProgress probed(int failed, int failedBefore) {
    return measured(100, failed, OptionalInt.empty(), failedBefore, OptionalInt.empty());
  }

  private static NodeProgress latency(int micros) {
    return measured(100, 0, OptionalInt.of(micros), 0, OptionalInt.of(1_000));
  }

  private static NodeProgress measured(
      int sent, int failed, OptionalInt micros, int failedBefore, OptionalInt microsBefore) {
    var path =
        new Probe.Path(
            "through the node over IPv4", sent, failed, micros, 100, failedBefore, microsBefore);
    return troubled(well("a", NEW), Optional.empty(), new Probe.Measured(List.of(path)));
  }

  private static NodeProgress measuring(Duration waiting) {
    NodeProgress node = troubled(well("a", NEW), Optional.empty(), new Probe.Measuring());
    NodeHealth h = node.health();
    return new NodeProgress(
        node.node(),
        node.labels(),
        node.assigned(),
        true,
        false,
        true,
        new NodeHealth(true, true, true, waiting, h.calm(), h.trouble(), h.probe(), ""));
  }
}
