package io.portolan.operator.manifests;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.portolan.api.v1alpha1.ProxyConfig;
import java.util.Map;
import java.util.TreeMap;

/** Names and labels that objects are found by. */
public final class Names {
  /** Field manager of everything that the operator applies. */
  public static final String FIELD_MANAGER = "portolan-operator";

  /** Finalizer of a ProxyConfig. */
  public static final String FINALIZER = "portolan.io/cleanup";

  /** On nodes, NodeProxies and the agents' objects: the ProxyConfig they belong to. */
  public static final String CONFIG_LABEL = "portolan.io/proxyconfig";

  /** On a NodeProxy: when its spec was last changed, RFC 3339. */
  public static final String CHANGED_AT = "portolan.io/changed-at";

  /** On a NodeProxy: {@code true} when the node was unavailable already as it got its revision. */
  public static final String EXCUSED = "portolan.io/excused";

  /** On a NodeProxy: when it last got a new version only so that older writes fail. */
  public static final String FENCED_AT = "portolan.io/fenced-at";

  /** On the DaemonSet and its Pods: hash of the Pod's shape. */
  public static final String HASH_ANNOTATION = "portolan.io/manifest-hash";

  /** {@code app.kubernetes.io/name} of an agent. */
  public static final String AGENT = "portolan-agent";

  /** Selects the agents' Pods of every ProxyConfig. */
  public static final String AGENT_SELECTOR = "app.kubernetes.io/name=" + AGENT;

  /** Selects everything that the operator applied. */
  public static final String MANAGED_SELECTOR = "app.kubernetes.io/managed-by=" + FIELD_MANAGER;

  private Names() {}

  /** Name of the agents' objects of a ProxyConfig. */
  public static String agent(String config) {
    return AGENT + "-" + config;
  }

  /** Labels of the agents' objects of a ProxyConfig. */
  public static Map<String, String> labels(String config) {
    var labels = new TreeMap<>(selector(config));
    labels.put("app.kubernetes.io/managed-by", FIELD_MANAGER);
    labels.put(CONFIG_LABEL, config);
    return labels;
  }

  static Map<String, String> selector(String config) {
    return new TreeMap<>(
        Map.of("app.kubernetes.io/name", AGENT, "app.kubernetes.io/instance", config));
  }

  /** Metadata of one of the agents' objects: labels, and the ProxyConfig as the owner. */
  static ObjectMetaBuilder metadata(ProxyConfig config, String name) {
    String configName = config.getMetadata().getName();
    return new ObjectMetaBuilder()
        .withName(name)
        .withLabels(labels(configName))
        .withOwnerReferences(owner(config));
  }

  private static OwnerReference owner(ProxyConfig config) {
    return new OwnerReferenceBuilder()
        .withApiVersion(config.getApiVersion())
        .withKind(config.getKind())
        .withName(config.getMetadata().getName())
        .withUid(config.getMetadata().getUid())
        .withController(true)
        .build();
  }
}
