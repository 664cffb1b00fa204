package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.NodeState;
import io.portolan.operator.fleet.FleetNode;
import io.portolan.operator.manifests.Names;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes NodeProxies. Every write names the version that the decision was made on; where the object
 * has moved on meanwhile (another leader, a person) nothing happens, and the news, which is on its
 * way, leads to a new decision.
 */
final class ProxyWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyWriter.class);

  private final KubernetesClient client;
  private final Sources sources;

  ProxyWriter(KubernetesClient client, Sources sources) {
    this.client = client;
    this.sources = sources;
  }

  /**
   * Makes a node's NodeProxy what it must be.
   *
   * @param before what the decision was made on; empty when there was none
   * @return whether it was written
   */
  boolean write(
      FleetNode node, String config, NodeProxySpec spec, Optional<NodeProxy> before, Instant now) {
    return write(node, config, spec, before, false, now);
  }

  /**
   * Gives a node its revision.
   *
   * @param excused whether the node is unavailable already
   */
  boolean write(
      FleetNode node,
      String config,
      NodeProxySpec spec,
      Optional<NodeProxy> before,
      boolean excused,
      Instant now) {
    var proxy = new NodeProxy();
    proxy.setMetadata(
        before
            .map(b -> new ObjectMetaBuilder(b.getMetadata()))
            .orElseGet(() -> new ObjectMetaBuilder().withName(node.name()))
            .addToLabels(Names.CONFIG_LABEL, config)
            .addToAnnotations(Names.CHANGED_AT, now.truncatedTo(ChronoUnit.SECONDS).toString())
            .addToAnnotations(Names.EXCUSED, Boolean.toString(excused))
            .withOwnerReferences(
                new OwnerReferenceBuilder()
                    .withApiVersion("v1")
                    .withKind("Node")
                    .withName(node.name())
                    .withUid(node.uid())
                    .build())
            .withManagedFields()
            .build());
    proxy.setSpec(spec);
    Optional<NodeProxy> written =
        unlessOutdated(
            node.name(),
            () ->
                before.isEmpty()
                    ? client.resource(proxy).create()
                    : client.resource(proxy).update());
    written.ifPresent(
        w -> {
          sources.wrote(w, before.orElse(null));
          LOG.info(
              "{}: node {} {}",
              config,
              node.name(),
              spec.state() == NodeState.ACTIVE ? "gets " + spec.revision() : "must clean up");
        });
    return written.isPresent();
  }

  /** Gives a NodeProxy a new version, so that a write on an older one fails. */
  boolean fence(NodeProxy seen, Instant now) {
    var proxy = new NodeProxy();
    proxy.setMetadata(
        new ObjectMetaBuilder(seen.getMetadata())
            .addToAnnotations(Names.FENCED_AT, now.toString())
            .withManagedFields()
            .build());
    proxy.setSpec(seen.getSpec());
    Optional<NodeProxy> written =
        unlessOutdated(seen.getMetadata().getName(), () -> client.resource(proxy).update());
    written.ifPresent(w -> sources.wrote(w, seen));
    return written.isPresent();
  }

  /** Deletes a NodeProxy, unless it has changed. */
  boolean delete(NodeProxy proxy) {
    return unlessOutdated(
            proxy.getMetadata().getName(),
            () -> {
              client
                  .resource(proxy)
                  .lockResourceVersion(proxy.getMetadata().getResourceVersion())
                  .delete();
              return proxy;
            })
        .isPresent();
  }

  private static Optional<NodeProxy> unlessOutdated(String node, Supplier<NodeProxy> write) {
    try {
      return Optional.of(write.get());
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        LOG.debug("NodeProxy {} has changed meanwhile", node);
        return Optional.empty();
      }
      throw e;
    }
  }
}
