package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.portolan.api.v1alpha1.AgentPod;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.NodeSelector;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import io.portolan.api.v1alpha1.Rollout;
import io.portolan.api.v1alpha1.Sync;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ProxyConfigs as users write them. */
final class Specs {
  private Specs() {}

  static ProxyConfigSpec everyNode() {
    return spec(null, null, null, null, null);
  }

  static ProxyConfigSpec pool(String pool) {
    return spec(new NodeSelector(Map.of("pool", pool), null), null, null, null, null);
  }

  static ProxyConfigSpec priority(int priority) {
    return spec(null, priority, null, null, null);
  }

  /** Settings that can be told apart, and the shortest timeout that the schema allows. */
  static ProxyConfigSpec auditing(String interval, int maxUnavailable) {
    return spec(
        null,
        null,
        new Sync(null, interval),
        null,
        new Rollout(null, new IntOrString(maxUnavailable), "10s"));
  }

  static ProxyConfigSpec paused(String interval) {
    return spec(
        null, null, new Sync(null, interval), null, new Rollout(true, new IntOrString(1), "10s"));
  }

  static ProxyConfigSpec image(String image, int maxUnavailable) {
    return spec(
        null,
        null,
        null,
        new AgentPod("portolan.io/agent:" + image, null, null, null),
        new Rollout(null, new IntOrString(maxUnavailable), null));
  }

  /** The schema lets it pass, the API server refuses the Pod template. */
  static ProxyConfigSpec badToleration() {
    return spec(
        null,
        null,
        null,
        new AgentPod(
            null,
            null,
            List.of(new TolerationBuilder().withOperator("Exists").withKey("not a key").build()),
            null),
        null);
  }

  private static ProxyConfigSpec spec(
      @Nullable NodeSelector selector,
      @Nullable Integer priority,
      @Nullable Sync sync,
      @Nullable AgentPod agent,
      @Nullable Rollout rollout) {
    return new ProxyConfigSpec(
        selector, priority, Mode.NFTABLES, null, null, null, null, sync, agent, rollout);
  }
}
