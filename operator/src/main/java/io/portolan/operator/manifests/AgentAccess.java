package io.portolan.operator.manifests;

import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.portolan.api.v1alpha1.ProxyConfig;
import java.util.List;

/**
 * What the agents may do. That an agent writes the status of its own node's NodeProxy and of no
 * other cannot be said here; the admission policy {@code portolan-agent-own-node} of the
 * installation says it.
 */
final class AgentAccess {
  private static final String RBAC = "rbac.authorization.k8s.io";

  private AgentAccess() {}

  static ServiceAccount serviceAccount(ProxyConfig config, Installation installation) {
    return new ServiceAccountBuilder()
        .withMetadata(
            Names.metadata(config, Names.agent(config.getMetadata().getName()))
                .withNamespace(installation.namespace())
                .build())
        .build();
  }

  static ClusterRole role(ProxyConfig config) {
    return new ClusterRoleBuilder()
        .withMetadata(Names.metadata(config, Names.agent(config.getMetadata().getName())).build())
        .withRules(
            rule("", List.of("services", "nodes"), "get", "list", "watch"),
            rule("discovery.k8s.io", List.of("endpointslices"), "list", "watch"),
            rule("networking.k8s.io", List.of("servicecidrs"), "list", "watch"),
            rule("portolan.io", List.of("nodeproxies"), "get", "list", "watch"),
            rule("portolan.io", List.of("nodeproxies/status"), "get", "patch", "update"),
            rule("", List.of("events"), "create", "patch"))
        .build();
  }

  static ClusterRoleBinding binding(ProxyConfig config, Installation installation) {
    String name = Names.agent(config.getMetadata().getName());
    return new ClusterRoleBindingBuilder()
        .withMetadata(Names.metadata(config, name).build())
        .withNewRoleRef(RBAC, "ClusterRole", name)
        .addNewSubject()
        .withKind("ServiceAccount")
        .withName(name)
        .withNamespace(installation.namespace())
        .endSubject()
        .build();
  }

  private static PolicyRule rule(String group, List<String> resources, String... verbs) {
    return new PolicyRuleBuilder()
        .withApiGroups(group)
        .withResources(resources)
        .withVerbs(verbs)
        .build();
  }
}
