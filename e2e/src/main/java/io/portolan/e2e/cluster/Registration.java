package io.portolan.e2e.cluster;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Locale;

/** The objects that make an empty API server a cluster: nodes, DNS. */
final class Registration {
  private final KubernetesClient client;

  Registration(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Nodes are made before their kubelets, so that each has the Pod range that its routes and its
   * network plugin are set to: the controller would hand the ranges out in the order of arrival.
   */
  void nodes(List<Node> nodes) {
    for (Node node : nodes) {
      client
          .nodes()
          .resource(
              new NodeBuilder()
                  .withNewMetadata()
                  .withName(node.name())
                  .addToLabels("kubernetes.io/hostname", node.name())
                  .addToLabels("topology.kubernetes.io/zone", node.zone())
                  .endMetadata()
                  .withNewSpec()
                  .withPodCIDR(node.podsIpv4())
                  .withPodCIDRs(node.podsIpv4(), node.podsIpv6())
                  .endSpec()
                  .build())
          .create();
    }
  }

  /** A Service before CoreDNS, which is no Pod: DNS of Pods goes through the proxy under test. */
  void dns() {
    mayRead("system:coredns");
    client
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withName("kube-dns")
                .withNamespace("kube-system")
                .addToLabels("k8s-app", "kube-dns")
                .endMetadata()
                .withNewSpec()
                .withIpFamilyPolicy("RequireDualStack")
                .withIpFamilies("IPv4", "IPv6")
                .withClusterIP(Addresses.DNS.getFirst())
                .withClusterIPs(Addresses.DNS)
                .addNewPort()
                .withName("dns")
                .withProtocol("UDP")
                .withPort(53)
                .endPort()
                .addNewPort()
                .withName("dns-tcp")
                .withProtocol("TCP")
                .withPort(53)
                .endPort()
                .endSpec()
                .build())
        .create();
    dnsEndpoint("IPv4", Addresses.HOST_IPV4);
    dnsEndpoint("IPv6", Addresses.HOST_IPV6);
  }

  private void dnsEndpoint(String family, String address) {
    client
        .resource(
            new EndpointSliceBuilder()
                .withNewMetadata()
                .withName("kube-dns-" + family.toLowerCase(Locale.ROOT))
                .withNamespace("kube-system")
                .addToLabels("kubernetes.io/service-name", "kube-dns")
                .addToLabels("endpointslice.kubernetes.io/managed-by", "e2e.portolan.io")
                .endMetadata()
                .withAddressType(family)
                .withEndpoints(
                    new EndpointBuilder()
                        .withAddresses(address)
                        .withNewConditions()
                        .withReady(true)
                        .endConditions()
                        .build())
                .withPorts(
                    new EndpointPortBuilder()
                        .withName("dns")
                        .withProtocol("UDP")
                        .withPort(53)
                        .build(),
                    new EndpointPortBuilder()
                        .withName("dns-tcp")
                        .withProtocol("TCP")
                        .withPort(53)
                        .build())
                .build())
        .create();
  }

  private void mayRead(String user) {
    client
        .resource(
            new ClusterRoleBuilder()
                .withNewMetadata()
                .withName(user)
                .endMetadata()
                .addNewRule()
                .withApiGroups("")
                .withResources("services", "pods", "namespaces")
                .withVerbs("list", "watch")
                .endRule()
                .addNewRule()
                .withApiGroups("discovery.k8s.io")
                .withResources("endpointslices")
                .withVerbs("list", "watch")
                .endRule()
                .build())
        .create();
    client
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName(user)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", user)
                .addNewSubject("rbac.authorization.k8s.io", "User", user, null)
                .build())
        .create();
  }
}
