package io.portolan.operator.manifests;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.portolan.api.v1alpha1.ProxyConfig;
import io.portolan.operator.fleet.ProbeTarget;
import java.util.List;
import java.util.Optional;

/**
 * The Service whose address the agents connect to all the time. Its endpoints are the health ports
 * of some agents. It has no selector, as every agent in it would mean that each agent's restart is
 * told to every node.
 */
final class ProbeService {
  private static final int PORT = 80;
  private static final String PORT_NAME = "probe";
  private static final String SLICE_OF = "kubernetes.io/service-name";
  private static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";

  private ProbeService() {}

  static String name(String config) {
    return Names.agent(config) + "-probe";
  }

  static List<HasMetadata> render(
      ProxyConfig config, Installation installation, List<ProbeTarget> targets) {
    return List.of(
        service(config, installation),
        slice(config, installation, "IPv4", targets),
        slice(config, installation, "IPv6", targets));
  }

  private static Service service(ProxyConfig config, Installation installation) {
    return new ServiceBuilder()
        .withMetadata(
            Names.metadata(config, name(config.getMetadata().getName()))
                .withNamespace(installation.namespace())
                .build())
        .withNewSpec()
        .withIpFamilyPolicy("PreferDualStack")
        .addNewPort()
        .withName(PORT_NAME)
        .withProtocol("TCP")
        .withPort(PORT)
        .withTargetPort(new IntOrString(AgentDaemonSet.HEALTH_PORT))
        .endPort()
        .endSpec()
        .build();
  }

  private static EndpointSlice slice(
      ProxyConfig config, Installation installation, String family, List<ProbeTarget> targets) {
    String service = name(config.getMetadata().getName());
    boolean six = family.equals("IPv6");
    return new EndpointSliceBuilder()
        .withMetadata(
            Names.metadata(config, service + (six ? "-ipv6" : "-ipv4"))
                .withNamespace(installation.namespace())
                .addToLabels(SLICE_OF, service)
                .addToLabels(MANAGED_BY, Names.FIELD_MANAGER)
                .build())
        .withAddressType(family)
        .withEndpoints(targets.stream().flatMap(t -> endpoint(t, six).stream()).toList())
        .addNewPort()
        .withName(PORT_NAME)
        .withProtocol("TCP")
        .withPort(AgentDaemonSet.HEALTH_PORT)
        .endPort()
        .build();
  }

  private static Optional<Endpoint> endpoint(ProbeTarget target, boolean six) {
    return target.addresses().stream()
        .filter(address -> address.contains(":") == six)
        .findFirst()
        .map(
            address ->
                new EndpointBuilder()
                    .withAddresses(address)
                    .withNodeName(target.node())
                    .withZone(target.zone().isEmpty() ? null : target.zone())
                    .withNewConditions()
                    .withReady(true)
                    .endConditions()
                    .build());
  }
}
