package io.portolan.operator.controller;

import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.OtherProxy;
import io.portolan.api.v1alpha1.Takeover;
import io.portolan.api.v1alpha1.TakeoverFrom;
import io.portolan.api.v1alpha1.TakeoverPhase;
import io.portolan.api.v1alpha1.TakeoverStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Plays kube-proxy's DaemonSet, and what agents say of kube-proxy. */
final class PlayedTakeover {
  private final Set<String> wanted = ConcurrentHashMap.newKeySet();
  private final Set<String> running = ConcurrentHashMap.newKeySet();
  private final Set<String> stuck = ConcurrentHashMap.newKeySet();
  private final Set<String> preparing = ConcurrentHashMap.newKeySet();
  private final Map<String, List<TakeoverPhase>> phases = new ConcurrentHashMap<>();

  /** What an agent says. */
  record Answer(
      @Nullable TakeoverStatus takeover,
      @Nullable List<OtherProxy> others,
      boolean ready,
      String reason,
      String message) {}

  /** Its DaemonSet is there, and it runs on these nodes unless they have the label. */
  void kubeProxyOn(String... nodes) {
    wanted.addAll(List.of(nodes));
    running.addAll(List.of(nodes));
  }

  /** On this node it stays as it is, whatever the label says. */
  void stick(String node) {
    stuck.add(node);
  }

  void unstick(String node) {
    stuck.remove(node);
  }

  /** The agent of this node does not come further than to prepare. */
  void prepare(String node) {
    preparing.add(node);
  }

  void goOn(String node) {
    preparing.remove(node);
  }

  /** The phases that a node's agent has told, each as often as it came to it. */
  List<TakeoverPhase> phases(String node) {
    return List.copyOf(phases.getOrDefault(node, List.of()));
  }

  /** What the agent says now. */
  Answer answer(NodeProxy proxy, boolean label) {
    String node = proxy.getMetadata().getName();
    if (!stuck.contains(node) && wanted.contains(node)) {
      if (label) {
        running.remove(node);
      } else {
        running.add(node);
      }
    }
    Takeover takeover = proxy.getSpec().settings().takeover();
    boolean removed = proxy.getSpec().state() == NodeState.REMOVED;
    if (removed || (takeover != null && Boolean.TRUE.equals(takeover.giveBack()))) {
      return leaving(node, removed);
    }
    TakeoverPhase before = last(node);
    boolean taken = before == TakeoverPhase.BESIDE || before == TakeoverPhase.DONE;
    if (takeover == null && !taken) {
      return running.contains(node)
          ? new Answer(null, others(), false, "OtherProxy", "kube-proxy serves here")
          : inSync(null);
    }
    if (preparing.contains(node)) {
      return of(TakeoverPhase.PREPARING, node, false, "TakingOver", "makes its rules");
    }
    return running.contains(node)
        ? of(
            TakeoverPhase.BESIDE,
            node,
            false,
            "TakingOver",
            "kube-proxy still runs: its DaemonSet needs an affinity")
        : inSync(told(TakeoverPhase.DONE, node, ""));
  }

  private Answer leaving(String node, boolean removed) {
    if (!wanted.contains(node)) {
      return removed ? gone(null) : of(TakeoverPhase.GIVEN_BACK, node, true, "GivenBack", "");
    }
    if (!running.contains(node)) {
      return of(TakeoverPhase.GIVING_BACK, node, false, "GivingBack", "kube-proxy is not there");
    }
    return removed
        ? gone(told(TakeoverPhase.GIVEN_BACK, node, ""))
        : of(TakeoverPhase.GIVEN_BACK, node, true, "GivenBack", "kube-proxy serves");
  }

  private static Answer inSync(@Nullable TakeoverStatus takeover) {
    return new Answer(takeover, null, true, "InSync", "the kernel holds the plan");
  }

  private static Answer gone(@Nullable TakeoverStatus takeover) {
    return new Answer(takeover, null, false, "Removed", "nothing of ours is left");
  }

  private Answer of(
      TakeoverPhase phase, String node, boolean ready, String reason, String message) {
    return new Answer(told(phase, node, message), null, ready, reason, message);
  }

  private TakeoverStatus told(TakeoverPhase phase, String node, String message) {
    if (phase != last(node)) {
      phases.computeIfAbsent(node, n -> new ArrayList<>()).add(phase);
    }
    return new TakeoverStatus(TakeoverFrom.KUBE_PROXY, phase, message);
  }

  private @Nullable TakeoverPhase last(String node) {
    List<TakeoverPhase> told = phases.getOrDefault(node, List.of());
    return told.isEmpty() ? null : told.getLast();
  }

  private static List<OtherProxy> others() {
    return List.of(new OtherProxy("kube-proxy", true, List.of("nftables table ip kube-proxy")));
  }
}
