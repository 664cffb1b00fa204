package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.portolan.api.v1alpha1.AgentPod;
import io.portolan.api.v1alpha1.Canary;
import io.portolan.api.v1alpha1.Mode;
import io.portolan.api.v1alpha1.NodeSelector;
import io.portolan.api.v1alpha1.OnFailure;
import io.portolan.api.v1alpha1.Promotion;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import io.portolan.api.v1alpha1.Rollout;
import io.portolan.api.v1alpha1.RolloutWave;
import io.portolan.api.v1alpha1.Sync;
import io.portolan.api.v1alpha1.Takeover;
import io.portolan.api.v1alpha1.TakeoverFrom;
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

  /** Nodes of a pool, one at a time. */
  static ProxyConfigSpec pool(String pool, int priority) {
    return spec(
        new NodeSelector(Map.of("pool", pool), null),
        priority,
        null,
        null,
        rollout(false, 1, "10s"));
  }

  static ProxyConfigSpec priority(int priority) {
    return spec(null, priority, null, null, null);
  }

  /** Settings that can be told apart, and the shortest timeout that the schema allows. */
  static ProxyConfigSpec auditing(String interval, int maxUnavailable) {
    return spec(null, null, new Sync(null, interval), null, rollout(false, maxUnavailable, "10s"));
  }

  static ProxyConfigSpec paused(String interval) {
    return spec(null, null, new Sync(null, interval), null, rollout(true, 1, "10s"));
  }

  static ProxyConfigSpec image(String image, int maxUnavailable) {
    return spec(
        null,
        null,
        null,
        new AgentPod("portolan.io/agent:" + image, null, null, null),
        rollout(false, maxUnavailable, null));
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

  /** Settings that can be told apart, with a rollout of one's own. */
  static ProxyConfigSpec rollout(String interval, Rollout rollout) {
    return spec(null, null, new Sync(null, interval), null, rollout);
  }

  /** An image that can be told apart, with a rollout of one's own. */
  static ProxyConfigSpec image(String image, Rollout rollout) {
    return spec(
        null, null, null, new AgentPod("portolan.io/agent:" + image, null, null, null), rollout);
  }

  /** The same, with nodes that are taken over from kube-proxy, given back to it, or neither. */
  static ProxyConfigSpec takeover(@Nullable Boolean giveBack, Rollout rollout) {
    return takeover(giveBack, null, rollout);
  }

  static ProxyConfigSpec takeover(
      @Nullable Boolean giveBack, @Nullable Integer priority, Rollout rollout) {
    return new ProxyConfigSpec(
        null,
        priority,
        Mode.NFTABLES,
        null,
        null,
        null,
        null,
        null,
        null,
        rollout,
        null,
        giveBack == null ? null : new Takeover(TakeoverFrom.KUBE_PROXY, giveBack));
  }

  /** One node at a time may be unavailable; canary, 50%, rest; each soaks for this time. */
  static Rollout waves(String soak, @Nullable Promotion promotion, @Nullable OnFailure onFailure) {
    return new Rollout(
        null,
        null,
        new IntOrString(1),
        new Canary(1, null, soak, promotion),
        List.of(new RolloutWave(50, null, null)),
        soak,
        onFailure,
        "10s",
        null,
        null,
        null);
  }

  /** The same, but nothing moves. */
  static Rollout dry() {
    return new Rollout(null, true, null, null, null, "90s", null, null, null, null, null);
  }

  private static Rollout rollout(boolean paused, int maxUnavailable, @Nullable String timeout) {
    return new Rollout(
        paused,
        null,
        new IntOrString(maxUnavailable),
        new Canary(null, null, "0s", null),
        null,
        "0s",
        null,
        timeout,
        null,
        null,
        null);
  }

  private static ProxyConfigSpec spec(
      @Nullable NodeSelector selector,
      @Nullable Integer priority,
      @Nullable Sync sync,
      @Nullable AgentPod agent,
      @Nullable Rollout rollout) {
    return new ProxyConfigSpec(
        selector,
        priority,
        Mode.NFTABLES,
        null,
        null,
        null,
        null,
        sync,
        agent,
        rollout,
        null,
        null);
  }
}
