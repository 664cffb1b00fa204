package io.portolan.operator.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.portolan.api.v1alpha1.AgentPod;
import io.portolan.api.v1alpha1.LogLevel;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.api.v1alpha1.ProxyConfigSpec;
import io.portolan.api.v1alpha1.Settings;
import io.portolan.api.v1alpha1.Sync;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Manifests: what the agents of a ProxyConfig need")
class ManifestsTest {
  private static final Installation HERE =
      new Installation("portolan-system", "portolan.io/agent:here", "192.0.2.1", 6443);

  @Test
  @DisplayName("every object carries the labels and belongs to the ProxyConfig")
  void labelsAndOwner() {
    assertThat(Manifests.render(config(null, null, null), HERE))
        .allSatisfy(
            o -> {
              assertThat(o.getMetadata().getName()).isEqualTo("portolan-agent-main");
              assertThat(o.getMetadata().getLabels())
                  .containsEntry("app.kubernetes.io/name", "portolan-agent")
                  .containsEntry("app.kubernetes.io/instance", "main")
                  .containsEntry("app.kubernetes.io/managed-by", "portolan-operator")
                  .containsEntry("portolan.io/proxyconfig", "main");
              assertThat(o.getMetadata().getOwnerReferences())
                  .extracting("kind", "name", "uid")
                  .containsExactly(
                      org.assertj.core.groups.Tuple.tuple("ProxyConfig", "main", "u-1"));
            });
  }

  @Test
  @DisplayName("the agent has NET_ADMIN and nothing else, and a read-only root")
  void privileges() {
    var security = agent(config(null, null, null)).getSecurityContext();
    assertThat(security.getPrivileged()).isFalse();
    assertThat(security.getAllowPrivilegeEscalation()).isFalse();
    assertThat(security.getReadOnlyRootFilesystem()).isTrue();
    assertThat(security.getCapabilities().getAdd()).containsExactly("NET_ADMIN");
    assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(security.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
  }

  @Test
  @DisplayName("the agent reaches the API server without a Service, on the nodes with the label")
  void placement() {
    DaemonSet set = daemonSet(config(null, null, null));
    PodSpec pod = set.getSpec().getTemplate().getSpec();
    assertThat(set.getSpec().getUpdateStrategy().getType()).isEqualTo("OnDelete");
    assertThat(pod.getHostNetwork()).isTrue();
    assertThat(pod.getNodeSelector()).isEqualTo(Map.of("portolan.io/proxyconfig", "main"));
    assertThat(pod.getTolerations()).extracting("operator").containsExactly("Exists");
    assertThat(agent(config(null, null, null)).getEnv())
        .extracting(EnvVar::getName, EnvVar::getValue)
        .contains(
            org.assertj.core.groups.Tuple.tuple("KUBERNETES_SERVICE_HOST", "192.0.2.1"),
            org.assertj.core.groups.Tuple.tuple("KUBERNETES_SERVICE_PORT", "6443"));
  }

  @Test
  @DisplayName("only the pod's shape changes its hash: image and resources do, log level does not")
  void shape() {
    String plain = Manifests.podHash(config(null, null, null), HERE);
    var louder = new AgentPod(null, LogLevel.DEBUG, null, null);
    assertThat(Manifests.podHash(config(null, louder, null), HERE)).isEqualTo(plain);
    var other = new AgentPod("other:1", null, null, null);
    assertThat(Manifests.podHash(config(null, other, null), HERE)).isNotEqualTo(plain);
    var more = new ResourceRequirementsBuilder().addToLimits("cpu", new Quantity("1")).build();
    assertThat(Manifests.podHash(config(more, null, null), HERE)).isNotEqualTo(plain);
  }

  @Test
  @DisplayName(
      "defaults of resources yield to what was asked, so that no request is above its limit")
  void resources() {
    var defaults = agent(config(null, null, null)).getResources();
    assertThat(defaults.getRequests())
        .isEqualTo(Map.of("cpu", new Quantity("50m"), "memory", new Quantity("128Mi")));
    assertThat(defaults.getLimits()).isEqualTo(Map.of("memory", new Quantity("384Mi")));
    var large =
        new ResourceRequirementsBuilder().addToRequests("memory", new Quantity("1Gi")).build();
    assertThat(agent(config(large, null, null)).getResources().getLimits()).isEmpty();
    var small =
        new ResourceRequirementsBuilder().addToLimits("memory", new Quantity("64Mi")).build();
    assertThat(agent(config(small, null, null)).getResources().getRequests())
        .isEqualTo(Map.of("cpu", new Quantity("50m")));
  }

  @Test
  @DisplayName("the agents' role lets them read what they watch, and write status and Events alone")
  void role() {
    var role =
        (ClusterRole)
            Manifests.render(config(null, null, null), HERE).stream()
                .filter(ClusterRole.class::isInstance)
                .findFirst()
                .orElseThrow();
    Set<String> reading = Set.of("get", "list", "watch");
    assertThat(role.getRules())
        .filteredOn(r -> !reading.containsAll(r.getVerbs()))
        .flatExtracting("resources")
        .containsExactly("nodeproxies/status", "events");
    assertThat(role.getRules())
        .filteredOn(r -> r.getVerbs().containsAll(Set.of("list", "watch")))
        .flatExtracting("resources")
        .as("what the agent watches")
        .containsExactlyInAnyOrder(
            "services", "nodes", "endpointslices", "servicecidrs", "nodeproxies");
  }

  @Test
  @DisplayName(
      "a revision is named by its settings; settings that come back lead the history again")
  void revisions() {
    ProxyConfig first = config(null, null, "5m");
    ProxyConfig second = config(null, null, "6m");
    var history = new ArrayList<ControllerRevision>();
    history.add(revision(first, history));
    history.add(revision(second, history));
    ControllerRevision again = revision(first, history);
    assertThat(history.get(0).getMetadata().getName()).matches("main-[0-9a-f]{8}");
    assertThat(history).extracting(ControllerRevision::getRevision).containsExactly(1L, 2L);
    assertThat(again.getMetadata().getName()).isEqualTo(history.get(0).getMetadata().getName());
    assertThat(again.getRevision()).isEqualTo(3);
    assertThat(revision(second, history).getRevision()).isEqualTo(2);
  }

  @Test
  @DisplayName("history keeps ten revisions and every one that is in use")
  void history() {
    var history = new ArrayList<ControllerRevision>();
    for (int i = 1; i <= 14; i++) {
      history.add(revision(config(null, null, i + "m"), history));
    }
    String oldest = history.getFirst().getMetadata().getName();
    List<ControllerRevision> surplus = Revisions.surplus(history, Set.of(oldest));
    assertThat(surplus).extracting(ControllerRevision::getRevision).containsExactly(4L, 3L, 2L);
  }

  private static ControllerRevision revision(ProxyConfig config, List<ControllerRevision> all) {
    return Revisions.render(config, Settings.of(config.getSpec()), HERE, all);
  }

  private static DaemonSet daemonSet(ProxyConfig config) {
    return (DaemonSet) Manifests.render(config, HERE).getLast();
  }

  private static Container agent(ProxyConfig config) {
    return daemonSet(config).getSpec().getTemplate().getSpec().getContainers().getFirst();
  }

  private static ProxyConfig config(
      @Nullable ResourceRequirements resources,
      @Nullable AgentPod agent,
      @Nullable String auditInterval) {
    var config = new ProxyConfig();
    config.setMetadata(new ObjectMetaBuilder().withName("main").withUid("u-1").build());
    config.setSpec(
        new ProxyConfigSpec(
            null,
            null,
            null,
            null,
            resources,
            null,
            null,
            new Sync(null, auditInterval),
            agent,
            null));
    return config;
  }
}
