package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Pod;
import io.portolan.operator.manifests.Names;
import io.portolan.operator.manifests.Snapshot;
import io.portolan.operator.rollout.RolloutState;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which shape an agent's Pod must have.
 *
 * <p>The DaemonSet has one template. While a target is on its way that is the target's, so a Pod
 * that is lost on a node which has not had its turn comes back in the target's shape; it is left
 * alone.
 *
 * @param known what each revision holds, by name
 */
record Shapes(Map<String, Shape> known, RolloutState state, boolean rollback) {

  /**
   * What a revision holds.
   *
   * @param podHash of its Pod; kept, for it is asked for each node
   */
  record Shape(Snapshot snapshot, String podHash) {
    static Shape of(Snapshot snapshot) {
      return new Shape(snapshot, snapshot.podHash());
    }
  }

  Optional<Snapshot> of(@Nullable String revision) {
    return shape(revision).map(Shape::snapshot);
  }

  /** Hash of the Pod of a revision. */
  Optional<String> podHash(@Nullable String revision) {
    return shape(revision).map(Shape::podHash);
  }

  private Optional<Shape> shape(@Nullable String revision) {
    return revision == null ? Optional.empty() : Optional.ofNullable(known.get(revision));
  }

  /** Whether the Pod may stay on a node that has this revision. */
  boolean fits(Pod pod, @Nullable String revision) {
    Optional<String> own = podHash(revision);
    boolean onItsWay = state.failure() == null || !rollback;
    return own.isEmpty()
        || has(pod, own.get())
        || (onItsWay
            && revision != null
            && !revision.equals(state.target())
            && podHash(state.target()).filter(hash -> has(pod, hash)).isPresent());
  }

  private static boolean has(Pod pod, String hash) {
    var annotations = pod.getMetadata().getAnnotations();
    return annotations != null && hash.equals(annotations.get(Names.HASH_ANNOTATION));
  }
}
