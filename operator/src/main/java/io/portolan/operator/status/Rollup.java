package io.portolan.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.portolan.api.v1alpha1.NodeCounts;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.operator.fleet.Conflict;
import io.portolan.operator.rollout.Phase;
import io.portolan.operator.rollout.RolloutPlan;
import io.portolan.operator.rollout.RolloutState;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Rolls the reports of the nodes up into one status of bounded size.
 *
 * <p>Conditions follow kstatus: {@code Ready} is always there, {@code Reconciling}, {@code
 * Stalled}, {@code Paused} and {@code Conflict} only while they are true. The same observation of
 * the same previous status gives an equal status, so that a quiet fleet writes nothing.
 */
public final class Rollup {
  private static final int NAMED = 10;
  private static final int LONGEST = 1024;

  private final Observation seen;
  private final @Nullable ProxyConfigStatus previous;

  private Rollup(Observation seen, @Nullable ProxyConfigStatus previous) {
    this.seen = seen;
    this.previous = previous;
  }

  /** The status that follows the previous one. */
  public static ProxyConfigStatus of(Observation seen, @Nullable ProxyConfigStatus previous) {
    return new Rollup(seen, previous).status();
  }

  /**
   * Whether two statuses say the same. The order of conditions says nothing: the API server merges
   * them by type and may keep another order than ours.
   */
  public static boolean same(@Nullable ProxyConfigStatus one, ProxyConfigStatus other) {
    return one != null && ordered(one).equals(ordered(other));
  }

  private static ProxyConfigStatus ordered(ProxyConfigStatus status) {
    List<Condition> conditions = Objects.requireNonNullElse(status.conditions(), List.of());
    return new ProxyConfigStatus(
        status.observedGeneration(),
        status.currentRevision(),
        status.updateRevision(),
        status.nodes(),
        status.rollout(),
        status.failedNodes(),
        conditions.stream().sorted(Comparator.comparing(Condition::getType)).toList());
  }

  private ProxyConfigStatus status() {
    List<String> failed = seen.plan().map(RolloutPlan::failed).orElse(List.of());
    return new ProxyConfigStatus(
        seen.generation(),
        state().good(),
        state().target(),
        counts(failed.size()),
        seen.plan()
            .map(
                p ->
                    RolloutRecord.write(
                        p, seen.policy().waves().size(), seen.measured(), seen.differences()))
            .orElse(previous == null ? null : previous.rollout()),
        failed.isEmpty() ? null : failed.stream().limit(NAMED).toList(),
        conditions().list());
  }

  private RolloutState state() {
    return seen.plan().map(RolloutPlan::state).orElseGet(() -> RolloutRecord.read(previous));
  }

  private @Nullable Phase phase() {
    return seen.plan().map(RolloutPlan::phase).orElse(null);
  }

  private NodeCounts counts(int failed) {
    int matched = seen.nodes().size();
    int updated = (int) seen.nodes().stream().filter(NodeReport::updated).count();
    int ready = (int) seen.nodes().stream().filter(NodeReport::ready).count();
    return new NodeCounts(
        matched,
        updated,
        ready,
        matched - ready,
        failed,
        seen.conflict().map(Conflict::nodes).orElse(0));
  }

  private Conditions conditions() {
    var conditions =
        new Conditions(
            previous == null ? null : previous.conditions(), seen.generation(), seen.now());
    ready(conditions);
    String rejection = seen.rejection();
    if (rejection != null) {
      conditions.put("Stalled", true, "Rejected", shortened(rejection));
    } else {
      progress(conditions);
    }
    if (seen.policy().paused()) {
      String message =
          phase() instanceof Phase.Paused paused
              ? paused.message()
              : "spec.rollout.paused is true: the next change waits";
      conditions.put("Paused", true, "PausedByUser", message);
    } else if (phase() instanceof Phase.DryRun dry) {
      conditions.put("Paused", true, "DryRun", dry.message());
    }
    if (seen.conflict().isPresent()) {
      conditions.put("Conflict", true, "OwnedByOthers", conflictMessage(seen.conflict().get()));
    } else if (seen.overlap().isPresent()) {
      conditions.put("Conflict", true, "SelectedByOthers", overlapMessage(seen.overlap().get()));
    }
    return conditions;
  }

  private void progress(Conditions conditions) {
    Phase phase = phase();
    String message = phase == null ? "" : shortened(phase.message());
    switch (phase) {
      case null -> {}
      case Phase.Progressing p -> conditions.put("Reconciling", true, "RollingOut", message);
      case Phase.Soaking p -> conditions.put("Reconciling", true, "Soaking", message);
      case Phase.AwaitingPromotion p ->
          conditions.put("Reconciling", true, "AwaitingPromotion", message);
      case Phase.WaitingForWindow p ->
          conditions.put("Reconciling", true, "WaitingForWindow", message);
      case Phase.RollingBack p -> conditions.put("Reconciling", true, "RollingBack", message);
      case Phase.RolledBack back ->
          conditions.put(
              "Stalled",
              true,
              back.lost() == 0 ? "RolledBack" : "RollbackFailed",
              shortened(message + (back.lost() == 0 ? "" : named())));
      case Phase.Blocked p -> conditions.put("Stalled", true, "Blocked", message);
      case Phase.Failed p ->
          conditions.put("Stalled", true, "NodesFailed", shortened(message + named()));
      case Phase.Idle p -> {}
      case Phase.Paused p -> {}
      case Phase.DryRun p -> {}
      case Phase.Complete p -> {}
    }
  }

  private String named() {
    List<String> failed = seen.plan().map(RolloutPlan::failed).orElse(List.of());
    String names = String.join(", ", failed.stream().limit(NAMED).toList());
    return names.isEmpty() ? "" : ": " + names + (failed.size() > NAMED ? ", ..." : "");
  }

  private void ready(Conditions conditions) {
    String rejection = seen.rejection();
    if (rejection != null) {
      conditions.put("Ready", false, "Rejected", shortened(rejection));
    } else if (seen.nodes().isEmpty()) {
      nothingOwned(conditions);
    } else {
      nodesReady(conditions);
    }
  }

  private void nothingOwned(Conditions conditions) {
    Optional<Conflict> conflict = seen.conflict();
    if (conflict.isPresent()) {
      conditions.put("Ready", false, "Conflict", conflictMessage(conflict.get()));
      return;
    }
    String kept =
        seen.kept() == 0
            ? ""
            : "; the %d nodes it had keep running as they are".formatted(seen.kept());
    conditions.put(
        "Ready",
        false,
        "NoMatchingNodes",
        "no node matches spec.nodeSelector"
            + kept
            + "; correct spec.nodeSelector or label the nodes (kubectl get nodes --show-labels)");
  }

  private void nodesReady(Conditions conditions) {
    int matched = seen.nodes().size();
    long well = seen.nodes().stream().filter(n -> n.ready() && n.updated()).count();
    if (well == matched) {
      conditions.put(
          "Ready",
          true,
          "AllNodesReady",
          "%d of %d nodes ready at %s".formatted(matched, matched, state().target()));
      return;
    }
    List<NodeReport> problems =
        seen.nodes().stream().filter(n -> !n.ready() && !n.problem().isEmpty()).toList();
    String first =
        problems.stream()
            .findFirst()
            .map(n -> "; %s: %s".formatted(n.node(), n.problem()))
            .orElse("");
    String more = problems.size() > 1 ? " (and %d more)".formatted(problems.size() - 1) : "";
    conditions.put(
        "Ready",
        false,
        "NodesNotReady",
        shortened(
            "%d of %d nodes ready at %s%s%s"
                .formatted(well, matched, state().target(), first, more)));
  }

  private static String conflictMessage(Conflict conflict) {
    return shortened(
        ("%d selected nodes belong to ProxyConfig %s (%s);"
                + " change spec.nodeSelector or spec.priority of one of them")
            .formatted(
                conflict.nodes(), String.join(", ", conflict.others()), firstNodes(conflict)));
  }

  private static String overlapMessage(Conflict overlap) {
    return shortened(
        ("%d nodes are selected by ProxyConfig %s too (%s) and stay here, as this one has the"
                + " higher spec.priority, or the same and is older")
            .formatted(overlap.nodes(), String.join(", ", overlap.others()), firstNodes(overlap)));
  }

  private static String firstNodes(Conflict conflict) {
    String more = conflict.nodes() > conflict.firstNodes().size() ? ", ..." : "";
    return String.join(", ", conflict.firstNodes()) + more;
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 3) + "...";
  }
}
