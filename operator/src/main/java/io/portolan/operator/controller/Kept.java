package io.portolan.operator.controller;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.portolan.api.v1alpha1.NodeProxy;
import io.portolan.api.v1alpha1.NodeProxySpec;
import io.portolan.api.v1alpha1.Settings;
import io.portolan.operator.manifests.Names;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the caches keep of the objects of which there is one for each node: what {@link Changes},
 * {@link NodeReading}, {@link ApplyProbe} and {@link ProxyWriter} read. A Node as its kubelet
 * reports it takes 60 KB of heap, most of it for its images; what is kept takes 2 KB.
 */
final class Kept {
  private static final int SETTINGS = 64;

  /** In place of an empty map of its own in each part of each object. */
  private static final Map<String, Object> NONE = Map.of();

  /** Those that were met last, for thousands of NodeProxies have the same ones. */
  private static final Map<Settings, Settings> MET =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Settings, Settings> eldest) {
              return size() > SETTINGS;
            }
          });

  private Kept() {}

  static Node node(Node node) {
    var kept = new Node();
    kept.setAdditionalProperties(NONE);
    kept.setMetadata(metadata(node.getMetadata(), Set.of()));
    var spec = new NodeSpec();
    spec.setAdditionalProperties(NONE);
    if (node.getSpec() != null) {
      spec.setUnschedulable(node.getSpec().getUnschedulable());
    }
    kept.setSpec(spec);
    if (node.getStatus() != null) {
      var status = new NodeStatus();
      status.setAdditionalProperties(NONE);
      status.setConditions(
          node.getStatus().getConditions().stream()
              .filter(c -> "Ready".equals(c.getType()))
              .map(Kept::condition)
              .toList());
      kept.setStatus(status);
    }
    return kept;
  }

  private static NodeCondition condition(NodeCondition condition) {
    var kept = new NodeCondition();
    kept.setAdditionalProperties(NONE);
    kept.setType("Ready");
    kept.setStatus(interned(condition.getStatus()));
    kept.setLastTransitionTime(interned(condition.getLastTransitionTime()));
    return kept;
  }

  static Pod pod(Pod pod) {
    var kept = new Pod();
    kept.setAdditionalProperties(NONE);
    kept.setMetadata(metadata(pod.getMetadata(), Set.of(Names.HASH_ANNOTATION)));
    var spec = new PodSpec();
    spec.setAdditionalProperties(NONE);
    if (pod.getSpec() != null) {
      spec.setNodeName(pod.getSpec().getNodeName());
    }
    kept.setSpec(spec);
    if (pod.getStatus() != null) {
      var status = new PodStatus();
      status.setAdditionalProperties(NONE);
      status.setPodIPs(pod.getStatus().getPodIPs());
      status.setConditions(pod.getStatus().getConditions().stream().filter(Kept::read).toList());
      status.setContainerStatuses(
          pod.getStatus().getContainerStatuses().stream().map(Kept::container).toList());
      kept.setStatus(status);
    }
    return kept;
  }

  private static boolean read(PodCondition condition) {
    return "Ready".equals(condition.getType())
        || ("PodScheduled".equals(condition.getType()) && "False".equals(condition.getStatus()));
  }

  private static ContainerStatus container(ContainerStatus status) {
    var kept = new ContainerStatus();
    kept.setAdditionalProperties(NONE);
    kept.setName(interned(status.getName()));
    kept.setRestartCount(status.getRestartCount());
    kept.setState(status.getState());
    kept.setLastState(status.getLastState());
    return kept;
  }

  static NodeProxy proxy(NodeProxy proxy) {
    var kept = new NodeProxy();
    ObjectMeta given = proxy.getMetadata();
    ObjectMeta metadata = metadata(given, given.getAnnotations().keySet());
    metadata.setGeneration(given.getGeneration());
    metadata.setOwnerReferences(given.getOwnerReferences());
    metadata.setFinalizers(given.getFinalizers());
    kept.setMetadata(metadata);
    NodeProxySpec spec = proxy.getSpec();
    if (spec != null) {
      Settings met = MET.putIfAbsent(spec.settings(), spec.settings());
      kept.setSpec(
          new NodeProxySpec(
              spec.revision().intern(), spec.state(), met == null ? spec.settings() : met));
    }
    kept.setStatus(proxy.getStatus());
    return kept;
  }

  private static ObjectMeta metadata(ObjectMeta given, Set<String> annotations) {
    var kept = new ObjectMeta();
    kept.setAdditionalProperties(NONE);
    kept.setName(given.getName());
    kept.setNamespace(interned(given.getNamespace()));
    kept.setUid(given.getUid());
    kept.setResourceVersion(given.getResourceVersion());
    kept.setCreationTimestamp(interned(given.getCreationTimestamp()));
    kept.setDeletionTimestamp(given.getDeletionTimestamp());
    kept.setLabels(interned(given.getLabels(), given.getLabels().keySet()));
    kept.setAnnotations(interned(given.getAnnotations(), annotations));
    return kept;
  }

  /** Keys and values that thousands of objects share are kept once. */
  private static Map<String, String> interned(Map<String, String> all, Set<String> which) {
    var kept = new LinkedHashMap<String, String>();
    all.forEach(
        (key, value) -> {
          if (which.contains(key)) {
            kept.put(key.intern(), value.intern());
          }
        });
    return Map.copyOf(kept);
  }

  private static @Nullable String interned(@Nullable String text) {
    return text == null ? null : text.intern();
  }
}
