package io.portolan.operator;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Being the one that leads, and ceasing to be.
 *
 * <p>Losing the Lease ends the process at once, because work that is under way can no longer be
 * trusted. But JOSDK 5.2 also reports the loss when the process ends by itself, and its own answer,
 * {@code System.exit}, would then wait for the shutdown that waits for it. So the answer is here:
 * {@code halt}, unless the end has begun already.
 */
final class Leadership {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private final KubernetesClient client;
  private final PortolanProperties.LeaderElection wishes;
  private final String namespace;
  private final String identity;
  private volatile boolean ending;

  Leadership(
      KubernetesClient client,
      PortolanProperties.LeaderElection wishes,
      String namespace,
      String identity) {
    this.client = client;
    this.wishes = wishes;
    this.namespace = namespace;
    this.identity = identity;
  }

  LeaderElectionConfiguration configuration() {
    return new LeaderElectionConfiguration(
        wishes.leaseName(),
        namespace,
        wishes.leaseDuration(),
        wishes.renewDeadline(),
        wishes.retryPeriod(),
        identity,
        new LeaderCallbacks(() -> LOG.info("{} leads", identity), this::lost, leader -> {}),
        false);
  }

  /** From now on losing the Lease is no accident. */
  void end() {
    ending = true;
  }

  /** Lets the next one lead without waiting for the Lease to run out. */
  void release() {
    try {
      var lease = client.leases().inNamespace(namespace).withName(wishes.leaseName());
      Lease current = lease.get();
      if (current == null || !identity.equals(current.getSpec().getHolderIdentity())) {
        return;
      }
      current.getSpec().setHolderIdentity("");
      client.resource(current).update();
      LOG.info("{} no longer leads", identity);
    } catch (KubernetesClientException e) {
      LOG.warn("the Lease was not released and must run out: {}", e.getMessage());
    }
  }

  private void lost() {
    if (!ending) {
      LOG.error("{} lost the Lease; ends at once", identity);
      Runtime.getRuntime().halt(1);
    }
  }
}
