package io.portolan.operator.manifests;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.portolan.api.v1alpha1.AgentPod;
import io.portolan.api.v1alpha1.ProxyConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The agents' DaemonSet. It runs on the nodes that carry the ProxyConfig's label, which the
 * operator puts there, and replaces no Pod by itself ({@code OnDelete}): the rollout does.
 */
final class AgentDaemonSet {
  /** Not kube-proxy's 10256, which that one holds until it leaves the node. */
  static final int HEALTH_PORT = 10456;

  private static final String XTABLES_LOCK = "/run/xtables.lock";
  private static final Map<String, Quantity> REQUESTS =
      Map.of("cpu", new Quantity("50m"), "memory", new Quantity("128Mi"));
  private static final Map<String, Quantity> LIMITS = Map.of("memory", new Quantity("384Mi"));

  private AgentDaemonSet() {}

  static DaemonSet render(ProxyConfig config, PodSpec pod, Installation installation) {
    String name = config.getMetadata().getName();
    String hash = ContentHash.of(pod);
    return new DaemonSetBuilder()
        .withMetadata(
            Names.metadata(config, Names.agent(name))
                .withNamespace(installation.namespace())
                .addToAnnotations(Names.HASH_ANNOTATION, hash)
                .build())
        .withNewSpec()
        .withNewSelector()
        .withMatchLabels(Names.selector(name))
        .endSelector()
        .withNewUpdateStrategy()
        .withType("OnDelete")
        .endUpdateStrategy()
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(Names.labels(name))
        .addToAnnotations(Names.HASH_ANNOTATION, hash)
        .endMetadata()
        .withSpec(pod)
        .endTemplate()
        .endSpec()
        .build();
  }

  static PodSpec pod(ProxyConfig config, Installation installation) {
    AgentPod wishes =
        Objects.requireNonNullElse(
            Revisions.spec(config).agent(), new AgentPod(null, null, null, null));
    return new PodSpecBuilder()
        .withServiceAccountName(Names.agent(config.getMetadata().getName()))
        .withHostNetwork(true)
        .withDnsPolicy("Default")
        .withNodeSelector(Map.of(Names.CONFIG_LABEL, config.getMetadata().getName()))
        .withTolerations(tolerations(wishes))
        .withPriorityClassName(
            Objects.requireNonNullElse(wishes.priorityClassName(), "system-node-critical"))
        .withTerminationGracePeriodSeconds(10L)
        .withContainers(container(config, wishes, installation))
        .addNewVolume()
        .withName("tmp")
        .withNewEmptyDir()
        .endEmptyDir()
        .endVolume()
        .addNewVolume()
        .withName("proc-sys-net")
        .withNewHostPath("/proc/sys/net", "Directory")
        .endVolume()
        .addNewVolume()
        .withName("xtables-lock")
        .withNewHostPath(XTABLES_LOCK, "FileOrCreate")
        .endVolume()
        .build();
  }

  private static Container container(
      ProxyConfig config, AgentPod wishes, Installation installation) {
    return new ContainerBuilder()
        .withName("agent")
        .withImage(Objects.requireNonNullElse(wishes.image(), installation.agentImage()))
        .withImagePullPolicy("IfNotPresent")
        .withEnv(
            new EnvVarBuilder()
                .withName("NODE_NAME")
                .withNewValueFrom()
                .withNewFieldRef("v1", "spec.nodeName")
                .endValueFrom()
                .build(),
            // Not the Service's address: the agent is what makes that one answer.
            env("KUBERNETES_SERVICE_HOST", installation.apiServerHost()),
            env("KUBERNETES_SERVICE_PORT", Integer.toString(installation.apiServerPort())),
            env(
                "PORTOLAN_PROBE_SERVICE",
                installation.namespace() + "/" + ProbeService.name(config.getMetadata().getName())),
            env("PORTOLAN_HTTP_PORT", Integer.toString(HEALTH_PORT)))
        // A host port keeps the agent of the next ProxyConfig away until this one is gone.
        .addNewPort()
        .withName("health")
        .withContainerPort(HEALTH_PORT)
        .withHostPort(HEALTH_PORT)
        .withProtocol("TCP")
        .endPort()
        .withResources(resources(Revisions.spec(config).resources()))
        .withNewSecurityContext()
        .withRunAsUser(0L)
        .withPrivileged(false)
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        // NET_RAW: the probes' packets enter by an interface, as a Pod's do.
        .withAdd("NET_ADMIN", "NET_RAW")
        .withDrop("ALL")
        .endCapabilities()
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .addNewVolumeMount()
        .withName("tmp")
        .withMountPath("/tmp")
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("proc-sys-net")
        .withMountPath("/host/proc/sys/net")
        .endVolumeMount()
        // One lock for every program that writes iptables rules on the node.
        .addNewVolumeMount()
        .withName("xtables-lock")
        .withMountPath(XTABLES_LOCK)
        .endVolumeMount()
        .withStartupProbe(probe("/livez").withPeriodSeconds(1).withFailureThreshold(120).build())
        .withLivenessProbe(probe("/livez").withPeriodSeconds(10).withFailureThreshold(6).build())
        .withReadinessProbe(probe("/healthz").withPeriodSeconds(2).withFailureThreshold(3).build())
        .build();
  }

  private static EnvVar env(String name, String value) {
    return new EnvVarBuilder().withName(name).withValue(value).build();
  }

  private static ProbeBuilder probe(String path) {
    Probe probe =
        new ProbeBuilder()
            .withNewHttpGet()
            .withHost("127.0.0.1")
            .withPath(path)
            .withPort(new IntOrString(HEALTH_PORT))
            .withScheme("HTTP")
            .endHttpGet()
            .withTimeoutSeconds(5)
            .build();
    return new ProbeBuilder(probe);
  }

  private static List<Toleration> tolerations(AgentPod wishes) {
    List<Toleration> asked = wishes.tolerations();
    return asked == null
        ? List.of(new TolerationBuilder().withOperator("Exists").build())
        : List.copyOf(asked);
  }

  /**
   * The defaults yield where they contradict what was asked: a request above its limit is refused.
   */
  private static ResourceRequirements resources(@Nullable ResourceRequirements asked) {
    var wanted = asked == null ? new ResourceRequirements() : asked;
    Map<String, Quantity> requests = Objects.requireNonNullElse(wanted.getRequests(), Map.of());
    Map<String, Quantity> limits = Objects.requireNonNullElse(wanted.getLimits(), Map.of());
    return new ResourceRequirementsBuilder(wanted)
        .withRequests(merged(REQUESTS, requests, (key, value) -> !above(value, limits.get(key))))
        .withLimits(merged(LIMITS, limits, (key, value) -> !above(requests.get(key), value)))
        .build();
  }

  private static Map<String, Quantity> merged(
      Map<String, Quantity> defaults,
      Map<String, Quantity> asked,
      BiPredicate<String, Quantity> fits) {
    var all = new TreeMap<String, Quantity>();
    defaults.forEach(
        (key, value) -> {
          if (fits.test(key, value)) {
            all.put(key, value);
          }
        });
    all.putAll(asked);
    return all;
  }

  private static boolean above(@Nullable Quantity request, @Nullable Quantity limit) {
    return request != null
        && limit != null
        && request.getNumericalAmount().compareTo(limit.getNumericalAmount()) > 0;
  }
}
