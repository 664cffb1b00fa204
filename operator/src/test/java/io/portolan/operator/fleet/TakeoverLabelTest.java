package io.portolan.operator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import io.portolan.api.v1alpha1.Settings;
import io.portolan.api.v1alpha1.Takeover;
import io.portolan.api.v1alpha1.TakeoverFrom;
import io.portolan.api.v1alpha1.TakeoverPhase;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The label that keeps kube-proxy away")
class TakeoverLabelTest {
  private static final NodeProxySpec TAKES = told(NodeState.ACTIVE, false);
  private static final NodeProxySpec GIVES_BACK = told(NodeState.ACTIVE, true);
  private static final NodeProxySpec SILENT = told(NodeState.ACTIVE, null);

  @Test
  @DisplayName("comes when both serve or Portolan alone does, and not before the agent says so")
  void comes() {
    Set<TakeoverPhase> far = EnumSet.of(TakeoverPhase.BESIDE, TakeoverPhase.DONE);
    assertThat(TakeoverLabel.must(TAKES, null, false)).isFalse();
    for (TakeoverPhase phase : TakeoverPhase.values()) {
      assertThat(TakeoverLabel.must(TAKES, phase, false))
          .as(phase.name())
          .isEqualTo(far.contains(phase));
    }
  }

  @Test
  @DisplayName("stays whatever the agent says, and where the settings no longer name a takeover")
  void stays() {
    assertThat(TakeoverLabel.must(TAKES, null, true)).isTrue();
    assertThat(TakeoverLabel.must(SILENT, null, true)).isTrue();
    for (TakeoverPhase phase : TakeoverPhase.values()) {
      assertThat(TakeoverLabel.must(TAKES, phase, true)).as(phase.name()).isTrue();
      assertThat(TakeoverLabel.must(SILENT, phase, true)).as(phase.name()).isTrue();
      assertThat(TakeoverLabel.must(SILENT, phase, false)).as(phase.name()).isFalse();
    }
  }

  @Test
  @DisplayName("goes as soon as the node is told to give back or to clean up, and does not return")
  void goes() {
    for (NodeProxySpec told :
        List.of(
            GIVES_BACK,
            told(NodeState.REMOVED, false),
            told(NodeState.REMOVED, true),
            told(NodeState.REMOVED, null))) {
      assertThat(TakeoverLabel.must(told, null, true)).isFalse();
      for (TakeoverPhase phase : TakeoverPhase.values()) {
        assertThat(TakeoverLabel.must(told, phase, true)).as(phase.name()).isFalse();
        assertThat(TakeoverLabel.must(told, phase, false)).as(phase.name()).isFalse();
      }
    }
  }

  @Test
  @DisplayName("everything is taken over when every Ready node has it, and one is Ready")
  void everywhere() {
    FleetNode has = node("a", true, Map.of(TakeoverLabel.NAME, "kube-proxy"));
    FleetNode lacks = node("b", true, Map.of());
    FleetNode dead = node("c", false, Map.of());
    assertThat(TakeoverLabel.everywhere(List.of())).isFalse();
    assertThat(TakeoverLabel.everywhere(List.of(dead))).isFalse();
    assertThat(TakeoverLabel.everywhere(List.of(has, dead))).isTrue();
    assertThat(TakeoverLabel.everywhere(List.of(has, lacks))).isFalse();
  }

  private static FleetNode node(String name, boolean ready, Map<String, String> labels) {
    return new FleetNode(name, "u-" + name, labels, ready, Instant.EPOCH);
  }

  private static NodeProxySpec told(NodeState state, @Nullable Boolean giveBack) {
    Takeover takeover = giveBack == null ? null : new Takeover(TakeoverFrom.KUBE_PROXY, giveBack);
    return new NodeProxySpec(
        "c-1",
        state,
        Settings.of(
            new ProxyConfigSpec(
                null, null, null, null, null, null, null, null, null, null, null, takeover)));
  }
}
