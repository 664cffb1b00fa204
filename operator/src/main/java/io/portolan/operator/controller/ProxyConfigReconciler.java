package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.operator.fleet.Claim;
import io.portolan.operator.fleet.Fleet;
import io.portolan.operator.fleet.FleetNode;
import io.portolan.operator.manifests.Installation;
import io.portolan.operator.manifests.Names;
import io.portolan.operator.manifests.Snapshot;
import io.portolan.operator.status.Notice;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reconciles one ProxyConfig by a chain of steps. Each step brings the cluster nearer to what is
 * wanted and leaves the rest to the next call; none waits, none asks what the event was.
 */
@ControllerConfiguration(name = "proxyconfig", finalizerName = Names.FINALIZER)
final class ProxyConfigReconciler implements Reconciler<ProxyConfig>, Cleaner<ProxyConfig> {
  private final KubernetesClient client;
  private final Installation installation;
  private final Bounds bounds;
  private final Clock clock;
  private final EventRecorder events;
  private @Nullable Sources sources;
  private List<Step> toServe = List.of();
  private List<Step> toRemove = List.of();
  private List<Step> toReport = List.of();

  ProxyConfigReconciler(
      KubernetesClient client, Installation installation, Bounds bounds, Clock clock) {
    this.client = client;
    this.installation = installation;
    this.bounds = bounds;
    this.clock = clock;
    this.events = new EventRecorder(client);
  }

  @Override
  public List<EventSource<?, ProxyConfig>> prepareEventSources(
      EventSourceContext<ProxyConfig> context) {
    var caches = new Sources(context, installation.namespace());
    var readings = new Readings(caches);
    var applier = new Applier(client);
    var writer = new ProxyWriter(client, caches);
    var labels = new NodeLabels(client, caches);
    var release = new ReleaseNodes(caches, writer, labels, events, bounds);
    var takeover = new LabelTakeover(caches, labels);
    var report = new ReportStatus(client, caches, readings, events);
    toServe =
        List.of(
            new KeepRevision(client, caches, applier, events, installation),
            new ApplyAccess(caches, applier, installation),
            new ApplyProbe(caches, applier, installation),
            new RollOut(client, caches, readings, writer, applier, report, installation),
            new LabelNodes(caches, labels),
            release,
            takeover);
    toRemove = List.of(release, takeover);
    toReport = List.of(report);
    sources = caches;
    return caches.all();
  }

  @Override
  public UpdateControl<ProxyConfig> reconcile(ProxyConfig config, Context<ProxyConfig> context) {
    Pass pass = begin(config, context);
    Optional<Duration> again = run(toServe, pass);
    run(toReport, pass);
    UpdateControl<ProxyConfig> done = UpdateControl.noUpdate();
    return again.map(done::rescheduleAfter).orElse(done);
  }

  @Override
  public DeleteControl cleanup(ProxyConfig config, Context<ProxyConfig> context) {
    Pass pass = begin(config, context);
    run(toRemove, pass);
    if (pass.remaining().isEmpty() && pass.rejection() == null) {
      return DeleteControl.defaultDelete();
    }
    Instant since =
        ProxyReadings.time(config.getMetadata().getDeletionTimestamp()).orElse(pass.now());
    Duration bound = bounds.removal(pass.givingBack().isPresent());
    if (Duration.between(since, pass.now()).compareTo(bound) >= 0) {
      events.tell(
          config,
          new Notice(
              true,
              "RemovalIncomplete",
              "gave up after %d s on %d nodes: %s"
                  .formatted(
                      bound.toSeconds(),
                      pass.remaining().size(),
                      pass.remaining().stream().limit(10).collect(Collectors.joining(", ")))),
          pass.now());
      return DeleteControl.defaultDelete();
    }
    run(toReport, pass);
    return DeleteControl.noFinalizerRemoval().rescheduleAfter(Duration.ofSeconds(1));
  }

  private Pass begin(ProxyConfig given, Context<ProxyConfig> context) {
    Sources caches = Objects.requireNonNull(sources, "event sources are prepared first");
    ProxyConfig config = caches.newest(given);
    Map<String, ProxyConfig> configs =
        caches
            .configs()
            .collect(
                Collectors.toMap(
                    c -> c.getMetadata().getName(), c -> c, (a, b) -> a, TreeMap::new));
    configs.put(config.getMetadata().getName(), config);
    Map<String, FleetNode> nodes =
        caches
            .nodes()
            .map(ProxyConfigReconciler::fleetNode)
            .collect(Collectors.toMap(FleetNode::name, n -> n, (a, b) -> a, TreeMap::new));
    return new Pass(
        config,
        context,
        nodes,
        configs.keySet(),
        Fleet.resolve(nodes.values(), configs.values().stream().map(Claim::of).toList()),
        Snapshot.of(config, installation),
        clock.instant());
  }

  private static FleetNode fleetNode(Node node) {
    return new FleetNode(
        node.getMetadata().getName(),
        node.getMetadata().getUid(),
        node.getMetadata().getLabels(),
        Changes.ready(node),
        Changes.readySince(node));
  }

  /** Runs the steps until one is refused; the earliest time at which one wants to look again. */
  private static Optional<Duration> run(List<Step> steps, Pass pass) {
    Optional<Duration> again = Optional.empty();
    for (Step step : steps) {
      switch (outcome(step, pass)) {
        case Outcome.Proceed() -> {}
        case Outcome.LookAgain(Duration after) ->
            again =
                again.isPresent() && again.get().compareTo(after) < 0 ? again : Optional.of(after);
        case Outcome.Refused(String why) -> {
          pass.reject(why);
          return again;
        }
      }
    }
    return again;
  }

  private static Outcome outcome(Step step, Pass pass) {
    try {
      return step.run(pass);
    } catch (KubernetesClientException e) {
      // Invalid or forbidden: trying again helps nobody, the user must hear it.
      if (e.getCode() == 400 || e.getCode() == 403 || e.getCode() == 422) {
        String why = e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
        return new Outcome.Refused(Objects.requireNonNullElse(why, "code " + e.getCode()));
      }
      throw e;
    }
  }
}
