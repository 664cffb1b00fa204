package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Condition;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxyStatus;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.api.v1alpha1.TakeoverPhase;
import io.portolan.api.v1alpha1.TakeoverStatus;
import io.portolan.operator.fleet.TakeoverLabel;
import io.portolan.operator.manifests.Names;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a NodeProxy says. */
final class ProxyReadings {
  private static final String REMOVED = "Removed";
  private static final String OTHER_PROXY = "OtherProxy";
  private static final Set<TakeoverPhase> TAKEN =
      EnumSet.of(TakeoverPhase.BESIDE, TakeoverPhase.DONE, TakeoverPhase.GIVING_BACK);

  private ProxyReadings() {}

  static @Nullable String config(NodeProxy proxy) {
    Map<String, String> labels = proxy.getMetadata().getLabels();
    return labels == null ? null : labels.get(Names.CONFIG_LABEL);
  }

  static boolean removing(NodeProxy proxy) {
    return proxy.getSpec() != null && proxy.getSpec().state() == NodeState.REMOVED;
  }

  /** The agent took everything out of the kernel. */
  static boolean removed(NodeProxy proxy) {
    return removing(proxy)
        && observed(proxy)
        && ready(proxy)
            .filter(c -> "False".equals(c.getStatus()) && REMOVED.equals(c.getReason()))
            .isPresent();
  }

  /** The agent is well at exactly what the spec asks for. */
  static boolean running(NodeProxy proxy) {
    return proxy.getSpec() != null
        && observed(proxy)
        && proxy.getSpec().state() == NodeState.ACTIVE
        && Objects.equals(proxy.getStatus().revision(), proxy.getSpec().revision())
        && ready(proxy).filter(c -> "True".equals(c.getStatus())).isPresent();
  }

  private static boolean observed(NodeProxy proxy) {
    NodeProxyStatus status = proxy.getStatus();
    Long observed = status == null ? null : status.observedGeneration();
    return observed != null && observed >= proxy.getMetadata().getGeneration();
  }

  /** How far the takeover is, in whatever answer the agent gave last. */
  static Optional<TakeoverPhase> phase(NodeProxy proxy) {
    NodeProxyStatus status = proxy.getStatus();
    return status == null || status.takeover() == null
        ? Optional.empty()
        : Optional.of(status.takeover().phase());
  }

  /** How far the takeover is by the agent's answer to this very spec. */
  static Optional<TakeoverPhase> answeredPhase(NodeProxy proxy) {
    return observed(proxy) ? phase(proxy) : Optional.empty();
  }

  /** Whether kube-proxy has left the node or may have, and has to serve again before we go. */
  static boolean taken(NodeProxy proxy) {
    return phase(proxy).filter(TAKEN::contains).isPresent();
  }

  /** What is waited for until the node is given back, in the agent's words where it has any. */
  static String givingBack(NodeProxy proxy) {
    NodeProxyStatus status = proxy.getStatus();
    TakeoverStatus takeover = status == null ? null : status.takeover();
    String words =
        takeover == null || takeover.phase() != TakeoverPhase.GIVING_BACK
            ? null
            : takeover.message();
    return words == null || words.isEmpty() ? "kube-proxy has to serve again first" : words;
  }

  static Optional<Condition> ready(NodeProxy proxy) {
    NodeProxyStatus status = proxy.getStatus();
    return status == null || status.conditions() == null
        ? Optional.empty()
        : status.conditions().stream().filter(c -> "Ready".equals(c.getType())).findFirst();
  }

  /** Was unavailable already when it got its revision. */
  static boolean excused(NodeProxy proxy) {
    Map<String, String> annotations = proxy.getMetadata().getAnnotations();
    return annotations != null && "true".equals(annotations.get(Names.EXCUSED));
  }

  /** When an audit last found a difference between plan and kernel, RFC 3339. */
  static Optional<String> drifted(NodeProxy proxy) {
    NodeProxyStatus status = proxy.getStatus();
    return status == null || status.drift() == null
        ? Optional.empty()
        : Optional.ofNullable(status.drift().lastFound());
  }

  /** When the operator last changed the spec. */
  static Instant changedAt(NodeProxy proxy) {
    Map<String, String> annotations = proxy.getMetadata().getAnnotations();
    String text = annotations == null ? null : annotations.get(Names.CHANGED_AT);
    return time(text)
        .or(() -> time(proxy.getMetadata().getCreationTimestamp()))
        .orElse(Instant.EPOCH);
  }

  /** Why the agent is not well, in its own words; empty when it is. */
  static String problem(NodeProxy proxy) {
    if (running(proxy)) {
      return "";
    }
    Optional<Condition> ready = ready(proxy).filter(c -> !"True".equals(c.getStatus()));
    if (ready.isPresent()) {
      Condition condition = ready.get();
      return condition.getReason() + ": " + condition.getMessage() + wayOut(proxy, condition);
    }
    return "the agent has not reported " + proxy.getSpec().revision() + " yet";
  }

  /** A node that kube-proxy serves is left alone until somebody asks for it. */
  private static String wayOut(NodeProxy proxy, Condition ready) {
    boolean offered =
        OTHER_PROXY.equals(ready.getReason())
            && proxy.getSpec().settings().takeover() == null
            && proxy.getStatus().otherProxies() != null
            && proxy.getStatus().otherProxies().stream()
                .anyMatch(p -> TakeoverLabel.KUBE_PROXY.equals(p.name()));
    return offered
        ? "; to take the node over from it, set spec.takeover to {from: kube-proxy}"
        : "";
  }

  static Optional<Instant> time(@Nullable String text) {
    try {
      return text == null ? Optional.empty() : Optional.of(Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
