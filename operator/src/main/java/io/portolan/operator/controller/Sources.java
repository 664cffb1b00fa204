package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.operator.manifests.Names;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The caches: one informer for each type, all of them for one reconciler.
 *
 * <p>Who owns a node depends on all nodes and all ProxyConfigs, so a change of either wakes every
 * ProxyConfig; a change of any other object wakes the one that its label names, or every one when
 * there is no such.
 */
final class Sources {
  /** Objects in one answer to an informer's list. */
  private static final long PAGE = 50;

  private final InformerEventSource<ProxyConfig, ProxyConfig> configs;
  private final InformerEventSource<Node, ProxyConfig> nodes;
  private final InformerEventSource<NodeProxy, ProxyConfig> proxies;
  private final InformerEventSource<Pod, ProxyConfig> pods;
  private final InformerEventSource<ControllerRevision, ProxyConfig> revisions;
  private final Map<String, Pod> ending = new ConcurrentHashMap<>();
  private final Map<Class<?>, InformerEventSource<?, ProxyConfig>> applied = new LinkedHashMap<>();

  Sources(EventSourceContext<ProxyConfig> context, String namespace) {
    configs =
        source(
            context,
            from(ProxyConfig.class)
                .withSecondaryToPrimaryMapper(c -> everyConfig())
                .withOnUpdateFilter(Changes::ofConfig));
    nodes =
        source(
            context,
            from(Node.class, Kept::node)
                .withSecondaryToPrimaryMapper(n -> everyConfig())
                .withOnUpdateFilter(Changes::ofNode));
    proxies =
        source(
            context,
            from(NodeProxy.class, Kept::proxy)
                .withSecondaryToPrimaryMapper(this::configOf)
                .withOnUpdateFilter(Changes::ofNodeProxy));
    pods =
        source(
            context,
            from(Pod.class, Kept::pod)
                .withNamespaces(namespace)
                .withLabelSelector(Names.AGENT_SELECTOR)
                .withSecondaryToPrimaryMapper(this::configOf)
                .withOnUpdateFilter(Changes::ofPod));
    revisions = source(context, managed(ControllerRevision.class).withNamespaces(namespace));
    for (var type :
        List.of(ServiceAccount.class, DaemonSet.class, Service.class, EndpointSlice.class)) {
      applied.put(type, source(context, managed(type).withNamespaces(namespace)));
    }
    for (var type : List.of(ClusterRole.class, ClusterRoleBinding.class)) {
      applied.put(type, source(context, managed(type)));
    }
  }

  List<EventSource<?, ProxyConfig>> all() {
    var all = new ArrayList<EventSource<?, ProxyConfig>>();
    all.addAll(List.of(configs, nodes, proxies, pods, revisions));
    all.addAll(applied.values());
    return all;
  }

  /**
   * All ProxyConfigs, from the very cache whose news wakes the others: JOSDK's own cache of them
   * may lag behind that news, and nothing would wake them again.
   */
  Stream<ProxyConfig> configs() {
    return configs.list(c -> true);
  }

  /** All nodes; what this process wrote last, even before the informer tells. */
  Stream<Node> nodes() {
    return nodes.list(n -> true).map(n -> nodes.get(ResourceID.fromResource(n)).orElse(n));
  }

  /** The NodeProxy of a node; what this process wrote last, even before the informer tells. */
  Optional<NodeProxy> proxy(String node) {
    return proxies.get(new ResourceID(node));
  }

  /** NodeProxies that carry the label of a ProxyConfig, or that of one that is gone. */
  List<NodeProxy> proxiesOf(Pass pass) {
    return proxies
        .list(p -> true)
        .map(p -> proxy(p.getMetadata().getName()))
        .flatMap(Optional::stream)
        .filter(
            p -> {
              String config = ProxyReadings.config(p);
              return pass.name().equals(config) || !pass.exists(config);
            })
        .sorted(Comparator.comparing(p -> p.getMetadata().getName()))
        .toList();
  }

  Stream<NodeProxy> proxies() {
    return proxies.list(p -> true);
  }

  /** The newest news of a ProxyConfig: JOSDK's cache, which gave this one, or ours. */
  ProxyConfig newest(ProxyConfig given) {
    return configs
        .get(ResourceID.fromResource(given))
        .filter(c -> version(c) > version(given))
        .orElse(given);
  }

  private static long version(HasMetadata object) {
    return Long.parseLong(object.getMetadata().getResourceVersion());
  }

  void wrote(ProxyConfig written, ProxyConfig before) {
    configs.handleRecentResourceUpdate(ResourceID.fromResource(written), written, before);
  }

  void wrote(Node written) {
    var id = ResourceID.fromResource(written);
    nodes
        .get(id)
        .filter(n -> version(n) < version(written))
        .ifPresent(n -> nodes.handleRecentResourceUpdate(id, Kept.node(written), n));
  }

  /** The Pod was told to end; it need not be told again while the news is on its way. */
  void ends(Pod pod) {
    ending.put(pod.getMetadata().getUid(), pod);
  }

  /** UIDs of the Pods that were told to end and of which no news has come since. */
  Set<String> ending() {
    ending
        .values()
        .removeIf(p -> pods.get(ResourceID.fromResource(p)).map(Changes::deleting).orElse(true));
    return ending.keySet();
  }

  void wrote(NodeProxy written, @Nullable NodeProxy before) {
    var id = ResourceID.fromResource(written);
    if (before == null) {
      proxies.handleRecentResourceCreate(id, Kept.proxy(written));
    } else {
      proxies.handleRecentResourceUpdate(id, Kept.proxy(written), before);
    }
  }

  /**
   * The agents' Pods by node and ProxyConfig: while a node changes hands it may have two. One that
   * ends counts only where it is alone.
   */
  Map<String, Map<String, Pod>> pods() {
    var byNode = new HashMap<String, Map<String, Pod>>();
    pods.list(p -> p.getSpec().getNodeName() != null)
        .forEach(
            p ->
                byNode
                    .computeIfAbsent(p.getSpec().getNodeName(), n -> new HashMap<>())
                    .merge(
                        p.getMetadata().getLabels().getOrDefault(Names.CONFIG_LABEL, ""),
                        p,
                        (a, b) -> Changes.deleting(a) ? b : a));
    return byNode;
  }

  /** All agents' Pods. */
  Stream<Pod> agents() {
    return pods.list(p -> true);
  }

  List<ControllerRevision> revisions(String config) {
    return revisions
        .list(r -> config.equals(r.getMetadata().getLabels().get(Names.CONFIG_LABEL)))
        .toList();
  }

  /** The object in the cluster that has the type and the name of this one. */
  Optional<? extends HasMetadata> live(HasMetadata like) {
    InformerEventSource<?, ProxyConfig> source =
        like instanceof ControllerRevision ? revisions : applied.get(like.getClass());
    if (source == null) {
      throw new IllegalArgumentException("not watched: " + like.getKind());
    }
    return source.get(ResourceID.fromResource(like));
  }

  /** None before they are known: each of them has its first pass after all caches are full. */
  private Set<ResourceID> everyConfig() {
    return configs.isRunning()
        ? configs.list(c -> true).map(ResourceID::fromResource).collect(Collectors.toSet())
        : Set.of();
  }

  private Set<ResourceID> configOf(HasMetadata object) {
    String name = object.getMetadata().getLabels().get(Names.CONFIG_LABEL);
    return name != null && configs.isRunning() && configs.get(new ResourceID(name)).isPresent()
        ? Set.of(new ResourceID(name))
        : everyConfig();
  }

  private <R extends HasMetadata> InformerEventSourceConfiguration.Builder<R> managed(
      Class<R> type) {
    return from(type)
        .withLabelSelector(Names.MANAGED_SELECTOR)
        .withSecondaryToPrimaryMapper(this::configOf);
  }

  /** Of kinds of which there is one for each node: page by page, and only what is read. */
  private static <R extends HasMetadata> InformerEventSourceConfiguration.Builder<R> from(
      Class<R> type, UnaryOperator<R> kept) {
    return from(type).withItemStore(new KeptStore<>(kept)).withInformerListLimit(PAGE);
  }

  private static <R extends HasMetadata> InformerEventSourceConfiguration.Builder<R> from(
      Class<R> type) {
    return InformerEventSourceConfiguration.from(type, ProxyConfig.class)
        .withName(type.getSimpleName())
        // Saves JOSDK its index from ProxyConfig to objects, which nothing here asks for.
        .withPrimaryToSecondaryMapper((ProxyConfig config) -> Set.of());
  }

  private static <R extends HasMetadata> InformerEventSource<R, ProxyConfig> source(
      EventSourceContext<ProxyConfig> context,
      InformerEventSourceConfiguration.Builder<R> configuration) {
    return new InformerEventSource<>(configuration.build(), context);
  }
}
