package io.portolan.operator.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
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
import io.portolan.api.v1alpha1.Sync;
import io.portolan.api.v1alpha1.Takeover;
import io.portolan.api.v1alpha1.TakeoverFrom;
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
    assertThat(rendered(config(null, null, null)))
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
  @DisplayName("the agent has NET_ADMIN and NET_RAW and nothing else, and a read-only root")
  void privileges() {
    var security = agent(config(null, null, null)).getSecurityContext();
    assertThat(security.getPrivileged()).isFalse();
    assertThat(security.getAllowPrivilegeEscalation()).isFalse();
    assertThat(security.getReadOnlyRootFilesystem()).isTrue();
    assertThat(security.getCapabilities().getAdd()).containsExactly("NET_ADMIN", "NET_RAW");
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
            org.assertj.core.groups.Tuple.tuple("KUBERNETES_SERVICE_PORT", "6443"),
            org.assertj.core.groups.Tuple.tuple("PORTOLAN_HTTP_PORT", "10456"),
            org.assertj.core.groups.Tuple.tuple(
                "PORTOLAN_PROBE_SERVICE", HERE.namespace() + "/portolan-agent-main-probe"));
  }

  @Test
  @DisplayName("the agent leaves kube-proxy its port, and shares the lock of iptables with it")
  void besideKubeProxy() {
    Container agent = agent(config(null, null, null));
    assertThat(agent.getPorts())
        .extracting("containerPort", "hostPort")
        .containsExactly(org.assertj.core.groups.Tuple.tuple(10456, 10456));
    for (var probe :
        List.of(agent.getStartupProbe(), agent.getLivenessProbe(), agent.getReadinessProbe())) {
      assertThat(probe.getHttpGet().getPort().getIntVal()).isEqualTo(10456);
    }
    assertThat(agent.getVolumeMounts())
        .filteredOn(m -> m.getMountPath().equals("/run/xtables.lock"))
        .hasSize(1);
    var volumes =
        daemonSet(config(null, null, null)).getSpec().getTemplate().getSpec().getVolumes();
    assertThat(volumes)
        .filteredOn(v -> v.getName().equals("xtables-lock"))
        .extracting(v -> v.getHostPath().getPath(), v -> v.getHostPath().getType())
        .containsExactly(org.assertj.core.groups.Tuple.tuple("/run/xtables.lock", "FileOrCreate"));
  }

  @Test
  @DisplayName("the baseline of a takeover is the same with the way back; nothing else has one")
  void baseline() {
    assertThat(Snapshot.of(config(null, null, null), HERE).baseline()).isEmpty();
    assertThat(Snapshot.of(takeover(true), HERE).baseline()).isEmpty();
    Snapshot real = Snapshot.of(takeover(false), HERE);
    Snapshot baseline = real.baseline().orElseThrow();
    assertThat(Snapshot.differences(baseline, real))
        .containsExactly("settings.takeover.giveBack: true -> false");
    assertThat(baseline.podHash()).isEqualTo(real.podHash());
    assertThat(baseline).isEqualTo(Snapshot.of(takeover(true), HERE));
  }

  @Test
  @DisplayName("only the pod's shape changes its hash: image and resources do, log level does not")
  void shape() {
    String plain = Snapshot.of(config(null, null, null), HERE).podHash();
    var louder = new AgentPod(null, LogLevel.DEBUG, null, null);
    assertThat(Snapshot.of(config(null, louder, null), HERE).podHash()).isEqualTo(plain);
    var other = new AgentPod("other:1", null, null, null);
    assertThat(Snapshot.of(config(null, other, null), HERE).podHash()).isNotEqualTo(plain);
    var more = new ResourceRequirementsBuilder().addToLimits("cpu", new Quantity("1")).build();
    assertThat(Snapshot.of(config(more, null, null), HERE).podHash()).isNotEqualTo(plain);
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
            rendered(config(null, null, null)).stream()
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
    return Revisions.render(config, Snapshot.of(config, HERE), HERE, all);
  }

  @Test
  @DisplayName("a revision reads back as it was written, pod's shape and all; other data is none")
  void snapshotReadsBack() {
    ProxyConfig config = config(null, new AgentPod("other:1", LogLevel.DEBUG, null, null), "6m");
    Snapshot written = Snapshot.of(config, HERE);
    Snapshot read = Snapshot.of(revision(config, List.of())).orElseThrow();
    assertThat(read.settings()).isEqualTo(written.settings());
    assertThat(read.podHash()).isEqualTo(written.podHash());
    assertThat(read.name("main")).isEqualTo(written.name("main"));
    var strange = new ControllerRevision();
    strange.setData(Map.of("mode", "nftables"));
    assertThat(Snapshot.of(strange)).isEmpty();
  }

  @Test
  @DisplayName("a revision covers the pod's shape, and differences name path, before and after")
  void snapshotDifferences() {
    Snapshot one = Snapshot.of(config(null, null, "5m"), HERE);
    Snapshot two = Snapshot.of(config(null, new AgentPod("other:1", null, null, null), "6m"), HERE);
    assertThat(two.name("main")).isNotEqualTo(one.name("main"));
    assertThat(Snapshot.differences(one, two))
        .containsExactly(
            "pod.containers[0].image: portolan.io/agent:here -> other:1",
            "settings.sync.auditInterval: 5m -> 6m");
    assertThat(Snapshot.differences(one, one)).isEmpty();
  }

  private static List<HasMetadata> rendered(ProxyConfig config) {
    var all = new ArrayList<>(Manifests.access(config, HERE));
    all.add(daemonSet(config));
    return all;
  }

  private static DaemonSet daemonSet(ProxyConfig config) {
    return Manifests.agents(config, Snapshot.of(config, HERE), HERE);
  }

  private static Container agent(ProxyConfig config) {
    return daemonSet(config).getSpec().getTemplate().getSpec().getContainers().getFirst();
  }

  private static ProxyConfig takeover(boolean giveBack) {
    ProxyConfig config = config(null, null, null);
    config.setSpec(
        new ProxyConfigSpec(
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            new Takeover(TakeoverFrom.KUBE_PROXY, giveBack)));
    return config;
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
            null,
            null,
            null));
    return config;
  }
}
