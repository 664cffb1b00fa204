package io.portolan.e2e.install;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.ProxyConfig;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Notes what the operator does to nodes and agents, as the API server tells it. */
public final class RolloutWatch implements AutoCloseable {
  private final List<Step> steps = new CopyOnWriteArrayList<>();
  private final List<Deleted> deleted = new CopyOnWriteArrayList<>();
  private final List<String> phases = new CopyOnWriteArrayList<>();
  private final List<SharedIndexInformer<?>> informers = new ArrayList<>();

  /** A node was given a revision. */
  public record Step(Instant time, String node, String revision) {}

  /** An agent's Pod was told to end. */
  public record Deleted(Instant time, String node) {}

  private RolloutWatch() {}

  /** Begins with the state that holds now, which it does not note. */
  public static RolloutWatch of(Installation portolan) {
    var watch = new RolloutWatch();
    watch.informers.add(
        portolan
            .client()
            .resources(NodeProxy.class)
            .inform(
                new Change<NodeProxy>(
                    n -> n.getSpec().revision(),
                    n ->
                        watch.steps.add(
                            new Step(
                                Instant.now(),
                                n.getMetadata().getName(),
                                n.getSpec().revision())))));
    watch.informers.add(
        portolan
            .client()
            .pods()
            .inNamespace(Installation.NAMESPACE)
            .withLabel("app.kubernetes.io/name", "portolan-agent")
            .inform(
                new Change<Pod>(
                    p -> p.getMetadata().getDeletionTimestamp() == null ? null : "ending",
                    p ->
                        watch.deleted.add(new Deleted(Instant.now(), p.getSpec().getNodeName())))));
    watch.informers.add(
        portolan
            .client()
            .resources(ProxyConfig.class)
            .inform(new Change<ProxyConfig>(RolloutWatch::phase, p -> watch.phases.add(phase(p)))));
    return watch;
  }

  private static String phase(ProxyConfig config) {
    var status = config.getStatus();
    var rollout = status == null ? null : status.rollout();
    if (rollout == null) {
      return "";
    }
    String phase = Objects.requireNonNullElse(rollout.phase(), "");
    return rollout.wave() == null ? phase : phase + " " + rollout.wave();
  }

  /** Nodes in the order in which they were given a revision since the beginning. */
  public List<Step> steps() {
    return List.copyOf(steps);
  }

  /** The same as the names of the nodes that were given this revision. */
  public List<String> given(String revision) {
    return steps.stream().filter(s -> s.revision().equals(revision)).map(Step::node).toList();
  }

  /** Every node that was given another revision since the beginning. */
  public List<String> touched() {
    return List.copyOf(new TreeSet<>(steps.stream().map(Step::node).toList()));
  }

  /** Nodes whose agent's Pod was told to end, in that order. */
  public List<String> replaced() {
    return deleted.stream().map(Deleted::node).toList();
  }

  /** Phases of the rollout one after the other, with the number of the open wave. */
  public List<String> phases() {
    return List.copyOf(phases);
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::close);
  }

  /** Tells when a value of an object has become another one. */
  private record Change<T>(Function<T, @Nullable String> value, java.util.function.Consumer<T> then)
      implements ResourceEventHandler<T> {
    @Override
    public void onAdd(T object) {}

    @Override
    public void onUpdate(T before, T now) {
      String is = value.apply(now);
      if (is != null && !is.equals(value.apply(before))) {
        then.accept(now);
      }
    }

    @Override
    public void onDelete(T object, boolean unknownFinalState) {}
  }
}
