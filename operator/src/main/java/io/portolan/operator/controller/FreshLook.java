package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.operator.manifests.Names;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the API server itself how nodes are, before a wave passes. A watch whose connection has died
 * unnoticed leaves its cache as it was for minutes, and in it every node is well.
 */
final class FreshLook {
  private static final Logger LOG = LoggerFactory.getLogger(FreshLook.class);

  /** Objects in one answer: a megabyte or less, whatever the size of the fleet. */
  private static final long PAGE = 50;

  private final KubernetesClient client;
  private final Sources sources;
  private final String namespace;

  FreshLook(KubernetesClient client, Sources sources, String namespace) {
    this.client = client;
    this.sources = sources;
    this.namespace = namespace;
  }

  /** Whether the caches show of these nodes what the API server has. */
  boolean same(Set<String> nodes) {
    return same(
            "NodeProxies",
            sources.proxies().flatMap(p -> sources.proxy(p.getMetadata().getName()).stream()),
            options -> client.resources(NodeProxy.class).list(options),
            p -> nodes.contains(p.getMetadata().getName()),
            Changes::ofNodeProxy)
        && same(
            "agents' Pods",
            sources.agents(),
            options ->
                client
                    .pods()
                    .inNamespace(namespace)
                    .withLabelSelector(Names.AGENT_SELECTOR)
                    .list(options),
            p -> on(p, nodes),
            Changes::ofPod)
        && same(
            "Nodes",
            sources.nodes(),
            options -> client.nodes().list(options),
            n -> nodes.contains(n.getMetadata().getName()),
            Changes::ofNode);
  }

  private static boolean on(Pod pod, Set<String> nodes) {
    String node = pod.getSpec().getNodeName();
    return node != null && nodes.contains(node);
  }

  private static <T extends HasMetadata> boolean same(
      String what,
      Stream<T> cached,
      Function<ListOptions, ? extends KubernetesResourceList<T>> list,
      Predicate<T> asked,
      BiPredicate<T, T> changed) {
    var known = new HashMap<String, T>();
    cached.filter(asked).forEach(object -> known.put(object.getMetadata().getUid(), object));
    boolean same = unchanged(known, list, asked, changed) && known.isEmpty();
    if (!same) {
      LOG.info("the cache of {} is behind; no wave passes before it is not", what);
    }
    return same;
  }

  private static <T extends HasMetadata> boolean unchanged(
      Map<String, T> known,
      Function<ListOptions, ? extends KubernetesResourceList<T>> list,
      Predicate<T> asked,
      BiPredicate<T, T> changed) {
    String next = null;
    do {
      KubernetesResourceList<T> page =
          list.apply(new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
      for (T fresh : page.getItems()) {
        if (asked.test(fresh)) {
          T before = known.remove(fresh.getMetadata().getUid());
          if (before == null || changed.test(fresh, before)) {
            return false;
          }
        }
      }
      next = page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
    return true;
  }
}
