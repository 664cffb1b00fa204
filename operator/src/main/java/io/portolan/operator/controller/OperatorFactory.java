package io.portolan.operator.controller;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.processing.event.rate.LinearRateLimiter;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.portolan.operator.manifests.Installation;
import io.portolan.operator.manifests.Names;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Wires JOSDK. */
public final class OperatorFactory {
  private OperatorFactory() {}

  /**
   * An operator that is ready to start.
   *
   * @param client stays the caller's to close
   * @param leaderElection absent: lead at once
   */
  public static Operator create(
      KubernetesClient client,
      Installation installation,
      Bounds bounds,
      Optional<LeaderElectionConfiguration> leaderElection,
      Metrics metrics,
      Clock clock) {
    var operator =
        new Operator(
            service -> {
              service
                  .withKubernetesClient(client)
                  .withCloseClientOnStop(false)
                  .withMetrics(metrics)
                  .withConcurrentReconciliationThreads(4)
                  // Own writes must stay visible although older news still arrives.
                  .withParseResourceVersions(true)
                  .withReconciliationTerminationTimeout(Duration.ofSeconds(2));
              leaderElection.ifPresent(service::withLeaderElectionConfiguration);
            });
    operator.register(
        new ProxyConfigReconciler(client, installation, bounds, clock),
        controller ->
            controller
                .withFieldManager(Names.FIELD_MANAGER)
                .withReconciliationMaxInterval(bounds.resync())
                .withRateLimiter(new LinearRateLimiter(Duration.ofSeconds(1), 5))
                .withRetry(
                    new GenericRetry()
                        .setInitialInterval(Duration.ofSeconds(1))
                        .setIntervalMultiplier(2)
                        .setMaxInterval(Duration.ofSeconds(30).toMillis())
                        .withoutMaxAttempts()));
    return operator;
  }
}
