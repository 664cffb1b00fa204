package io.portolan.e2e.install;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.e2e.cluster.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Notes what the operator does to nodes and agents, as the API server tells it. */
public final class RolloutWatch implements AutoCloseable {
  private final List<Step> steps = new CopyOnWriteArrayList<>();
  private final List<String> replaced = new CopyOnWriteArrayList<>();
  private final List<String> phases = new CopyOnWriteArrayList<>();
  private final List<SharedIndexInformer<?>> informers = new ArrayList<>();
  private final Instant began = Instant.now();
  private final Consumer<String> listener;

  /** A node was given a revision. */
  public record Step(String node, String revision) {}

  private RolloutWatch(Consumer<String> listener) {
    this.listener = listener;
  }

  /** Begins with the state that holds now, which it does not note. */
  public static RolloutWatch of(Installation portolan) {
    return of(portolan, line -> {});
  }

  /**
   * The same.
   *
   * @param listener gets a line for a person when something happens, from a thread of the client
   */
  public static RolloutWatch of(Installation portolan, Consumer<String> listener) {
    var watch = new RolloutWatch(listener);
    watch.informers.add(
        portolan
            .client()
            .resources(NodeProxy.class)
            .inform(new Change<NodeProxy>(n -> n.getSpec().revision(), watch::given)));
    watch.informers.add(
        portolan
            .client()
            .pods()
            .inNamespace(Installation.NAMESPACE)
            .withLabel("app.kubernetes.io/name", "portolan-agent")
            .inform(new Change<Pod>(RolloutWatch::ending, watch::replaced)));
    watch.informers.add(
        portolan
            .client()
            .resources(ProxyConfig.class)
            .inform(new Change<ProxyConfig>(RolloutWatch::phase, watch::reached)));
    return watch;
  }

  private void given(NodeProxy node) {
    String name = node.getMetadata().getName();
    steps.add(new Step(name, node.getSpec().revision()));
    tell(name + " is given " + node.getSpec().revision());
  }

  private void replaced(Pod pod) {
    replaced.add(pod.getSpec().getNodeName());
    tell(pod.getSpec().getNodeName() + "'s agent is replaced");
  }

  private void reached(ProxyConfig config) {
    phases.add(phase(config));
    var rollout = Objects.requireNonNull(config.getStatus().rollout());
    tell(rollout.phase() + ": " + rollout.message());
  }

  private void tell(String what) {
    double seconds = Duration.between(began, Instant.now()).toMillis() / 1000.0;
    listener.accept(String.format(Locale.ROOT, "%5.1f s  %s", seconds, what));
  }

  private static @Nullable String ending(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() == null ? null : "ending";
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

  /** Names of the nodes that were given this revision, in the order of their turn. */
  public List<String> given(String revision) {
    return steps.stream().filter(s -> s.revision().equals(revision)).map(Step::node).toList();
  }

  /** Every node that was given another revision since the beginning. */
  public List<String> touched() {
    return List.copyOf(new TreeSet<>(steps.stream().map(Step::node).toList()));
  }

  /** Nodes whose agent's Pod was told to end, in that order. */
  public List<String> replaced() {
    return List.copyOf(replaced);
  }

  /** Waits until the rollout is in this phase, having been in another one since the beginning. */
  public void await(String phase, Duration bound) {
    Waiting.on("phase " + phase + " of the rollout", bound)
        .until(
            () ->
                phases.stream().anyMatch(p -> p.startsWith(phase))
                    ? Optional.empty()
                    : Optional.of(phases.toString()));
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
  private record Change<T>(Function<T, @Nullable String> value, Consumer<T> then)
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
