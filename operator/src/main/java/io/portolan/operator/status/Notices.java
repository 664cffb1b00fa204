package io.portolan.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.portolan.api.v1alpha1.ProxyConfigStatus;
import io.portolan.api.v1alpha1.RolloutStatus;
import io.portolan.operator.rollout.Failure;
import io.portolan.operator.rollout.RolloutState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What changed between two statuses and is worth an Event. Because it looks at the difference only,
 * a state that lasts is told once, whatever happens to the operator.
 */
public final class Notices {
  private Notices() {}

  /** The notices for the step from one status to the next. */
  public static List<Notice> between(@Nullable ProxyConfigStatus before, ProxyConfigStatus after) {
    var notices = new ArrayList<Notice>();
    String update = after.updateRevision();
    boolean hasNodes = after.nodes() != null && after.nodes().matched() > 0;
    if (hasNodes
        && update != null
        && !update.equals(before == null ? null : before.updateRevision())) {
      notices.add(new Notice(false, "RolloutStarted", "nodes move to " + update));
    }
    String current = after.currentRevision();
    // The baseline of a takeover is good while its rollout only begins.
    if (current != null
        && current.equals(update)
        && !current.equals(before == null ? null : before.currentRevision())) {
      notices.add(new Notice(false, "RolloutCompleted", "every node runs " + current));
    }
    RolloutState was = RolloutRecord.read(before);
    RolloutState is = RolloutRecord.read(after);
    RolloutStatus rollout = after.rollout();
    Integer wave = rollout == null ? null : rollout.wave();
    boolean sameWave =
        Objects.equals(was.target(), is.target())
            && before != null
            && before.rollout() != null
            && Objects.equals(before.rollout().wave(), wave);
    if (rollout != null && wave != null && !sameWave && is.failure() == null) {
      notices.add(
          new Notice(
              false,
              "WaveStarted",
              "%s: %s".formatted(is.target(), wave == 0 ? "canary" : "wave " + wave)));
    }
    Failure failure = is.failure();
    if (failure != null && !failure.equals(was.failure())) {
      notices.add(
          new Notice(
              true,
              "RolloutFailed",
              "%s: %s: %s: %s"
                  .formatted(
                      failure.revision(), failure.reason(), failure.node(), failure.message())));
    }
    began(before, after, "Stalled")
        .filter(c -> failure == null || !"NodesFailed".equals(c.getReason()))
        .ifPresent(
            c ->
                notices.add(
                    new Notice(
                        true,
                        "NodesFailed".equals(c.getReason()) ? "RolloutFailed" : c.getReason(),
                        c.getMessage())));
    began(before, after, "Conflict")
        .ifPresent(c -> notices.add(new Notice(true, "Conflict", c.getMessage())));
    Optional<Condition> ready = condition(after, "Ready");
    if (ready.isPresent()
        && "NoMatchingNodes".equals(ready.get().getReason())
        && !Objects.equals(
            "NoMatchingNodes", condition(before, "Ready").map(Condition::getReason).orElse(null))) {
      notices.add(new Notice(true, "NoMatchingNodes", ready.get().getMessage()));
    }
    return notices;
  }

  private static Optional<Condition> began(
      @Nullable ProxyConfigStatus before, ProxyConfigStatus after, String type) {
    return condition(before, type).isPresent() ? Optional.empty() : condition(after, type);
  }

  private static Optional<Condition> condition(@Nullable ProxyConfigStatus status, String type) {
    List<Condition> conditions = status == null ? null : status.conditions();
    return conditions == null
        ? Optional.empty()
        : conditions.stream().filter(c -> c.getType().equals(type)).findFirst();
  }
}
