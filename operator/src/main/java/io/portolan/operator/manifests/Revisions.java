package io.portolan.operator.manifests;

import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.ControllerRevisionBuilder;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Revisions: immutable snapshots of what a ProxyConfig gives its nodes, each kept as a {@code
 * ControllerRevision} whose name says its content, so that what comes back is the revision that
 * they were.
 */
public final class Revisions {
  /** How many revisions of a ProxyConfig are kept, besides those in use. */
  public static final int HISTORY = 10;

  private static final ProxyConfigSpec NOTHING_ASKED =
      new ProxyConfigSpec(null, null, null, null, null, null, null, null, null, null, null, null);

  private Revisions() {}

  /** The spec, or one that asks for nothing when the user wrote none. */
  public static ProxyConfigSpec spec(ProxyConfig config) {
    return Objects.requireNonNullElse(config.getSpec(), NOTHING_ASKED);
  }

  /**
   * The object that keeps a revision.
   *
   * @param existing all revisions of this ProxyConfig; one that comes back to an older one's
   *     settings takes its place at the head of the history
   */
  public static ControllerRevision render(
      ProxyConfig config,
      Snapshot snapshot,
      Installation installation,
      Collection<ControllerRevision> existing) {
    String name = snapshot.name(config.getMetadata().getName());
    long others =
        existing.stream()
            .filter(r -> !r.getMetadata().getName().equals(name))
            .mapToLong(Revisions::number)
            .max()
            .orElse(0);
    long own =
        existing.stream()
            .filter(r -> r.getMetadata().getName().equals(name))
            .mapToLong(Revisions::number)
            .max()
            .orElse(0);
    return new ControllerRevisionBuilder()
        .withMetadata(Names.metadata(config, name).withNamespace(installation.namespace()).build())
        .withData(ContentHash.tree(snapshot.content()))
        .withRevision(own > others ? own : others + 1)
        .build();
  }

  /** The revisions that history no longer needs: the oldest, but never one in use. */
  public static List<ControllerRevision> surplus(
      Collection<ControllerRevision> existing, Set<String> inUse) {
    return existing.stream()
        .filter(r -> !inUse.contains(r.getMetadata().getName()))
        .sorted(Comparator.comparingLong(Revisions::number).reversed())
        .skip(HISTORY)
        .toList();
  }

  private static long number(ControllerRevision revision) {
    return Objects.requireNonNullElse(revision.getRevision(), 0L);
  }
}
