package io.portolan.agent.watch;

import io.fabric8.kubernetes.api.model.LoadBalancerIngressBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;

/** Objects that between them set, and leave out, every field that the agent reads. */
final class RichObjects {
  static final String NAMESPACE = "default";

  private RichObjects() {}

  /** Creates them in a cluster of two families. */
  static void create(KubernetesClient client) {
    services().forEach(service -> client.resource(service).create());
    slices().forEach(slice -> client.resource(slice).create());
    client
        .services()
        .inNamespace(NAMESPACE)
        .withName("balanced")
        .editStatus(
            s ->
                new ServiceBuilder(s)
                    .withNewStatus()
                    .withNewLoadBalancer()
                    .withIngress(
                        new LoadBalancerIngressBuilder()
                            .withIp("192.0.2.10")
                            .withIpMode("VIP")
                            .build(),
                        new LoadBalancerIngressBuilder()
                            .withIp("192.0.2.11")
                            .withIpMode("Proxy")
                            .build(),
                        new LoadBalancerIngressBuilder().withHostname("lb.example.org").build(),
                        new LoadBalancerIngressBuilder().withIp("192.0.2.12").build())
                    .endLoadBalancer()
                    .endStatus()
                    .build());
  }

  private static ServiceBuilder named(String name) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace(NAMESPACE)
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .addToSelector("app", name)
        .endSpec();
  }

  private static ServiceBuilder onePort(String name) {
    return named(name).editSpec().addNewPort().withPort(80).endPort().endSpec();
  }

  private static List<Service> services() {
    return List.of(
        onePort("plain").build(),
        onePort("noted")
            .editMetadata()
            .addToLabels("app.kubernetes.io/name", "noted")
            .addToAnnotations(AffinityReader.TIMEOUT, "90s")
            .addToAnnotations("other", "x".repeat(5000))
            .endMetadata()
            .editSpec()
            .withSessionAffinity("ClientIP")
            .endSpec()
            .build(),
        onePort("noted-for-nothing")
            .editMetadata()
            .addToAnnotations(AffinityReader.TIMEOUT, "")
            .endMetadata()
            .build(),
        onePort("sticky")
            .editSpec()
            .withSessionAffinity("ClientIP")
            .withNewSessionAffinityConfig()
            .withNewClientIP(77)
            .endSessionAffinityConfig()
            .endSpec()
            .build(),
        named("dual")
            .editSpec()
            .withIpFamilyPolicy("RequireDualStack")
            .withIpFamilies("IPv6", "IPv4")
            .withInternalTrafficPolicy("Local")
            .withExternalIPs("198.51.100.7", "2001:db8::7")
            .addNewPort()
            .withName("http")
            .withPort(80)
            .withProtocol("TCP")
            .withNewTargetPort("web")
            .endPort()
            .addNewPort()
            .withName("dns")
            .withPort(53)
            .withProtocol("UDP")
            .withAppProtocol("dns")
            .endPort()
            .addNewPort()
            .withName("sctp")
            .withPort(65535)
            .withProtocol("SCTP")
            .endPort()
            .endSpec()
            .build(),
        onePort("ported")
            .editSpec()
            .withType("NodePort")
            .editFirstPort()
            .withNodePort(30123)
            .endPort()
            .withExternalTrafficPolicy("Local")
            .withPublishNotReadyAddresses(true)
            .endSpec()
            .build(),
        onePort("balanced")
            .editSpec()
            .withType("LoadBalancer")
            .withExternalTrafficPolicy("Local")
            .withLoadBalancerSourceRanges("10.0.0.0/8", " 203.0.113.0/24")
            .endSpec()
            .build(),
        onePort("no-node-port")
            .editSpec()
            .withType("LoadBalancer")
            .withAllocateLoadBalancerNodePorts(false)
            .endSpec()
            .build(),
        onePort("headless").editSpec().withClusterIP("None").endSpec().build(),
        named("away")
            .editSpec()
            .withType("ExternalName")
            .withExternalName("example.org")
            .endSpec()
            .build(),
        onePort("of-another")
            .editMetadata()
            .addToLabels("service.kubernetes.io/service-proxy-name", "other")
            .endMetadata()
            .build());
  }

  private static EndpointSliceBuilder slice(String name) {
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withNamespace(NAMESPACE)
        .withName(name)
        .addToLabels("kubernetes.io/service-name", "plain")
        .addToLabels("endpointslice.kubernetes.io/managed-by", "test")
        .endMetadata()
        .withAddressType("IPv4");
  }

  private static List<EndpointSlice> slices() {
    return List.of(
        slice("full")
            .editMetadata()
            .addToAnnotations(
                "endpoints.kubernetes.io/last-change-trigger-time", "2026-11-23T20:00:00.5Z")
            .endMetadata()
            .addNewPort()
            .withName("http")
            .withPort(8080)
            .withProtocol("TCP")
            .withAppProtocol("http")
            .endPort()
            .addNewPort()
            .withName("dns")
            .withPort(5353)
            .withProtocol("UDP")
            .endPort()
            .addNewEndpoint()
            .withAddresses("10.1.0.1")
            .withHostname("pod-1")
            .withNodeName("n0")
            .withZone("z1")
            .withNewTargetRef()
            .withKind("Pod")
            .withName("pod-1")
            .withNamespace(NAMESPACE)
            .withUid("7e2c")
            .endTargetRef()
            .withNewConditions()
            .withReady(false)
            .withServing(true)
            .withTerminating(true)
            .endConditions()
            .withNewHints()
            .addNewForZone("z1")
            .addNewForZone("z2")
            .addNewForNode("n0")
            .endHints()
            .endEndpoint()
            .addNewEndpoint()
            .withAddresses("10.1.0.2")
            .withNewConditions()
            .withReady(true)
            .withServing(false)
            .withTerminating(false)
            .endConditions()
            .endEndpoint()
            .addNewEndpoint()
            .withAddresses("10.1.0.3", "10.1.0.4")
            .withNewConditions()
            .endConditions()
            .endEndpoint()
            .addNewEndpoint()
            .withAddresses("10.1.0.5")
            .endEndpoint()
            .build(),
        slice("unnamed").addNewPort().withPort(8080).endPort().build(),
        slice("no-number").addNewPort().withName("all").endPort().build(),
        slice("empty").build(),
        slice("v6")
            .withAddressType("IPv6")
            .addNewPort()
            .withName("")
            .withPort(1)
            .withProtocol("SCTP")
            .endPort()
            .addNewEndpoint()
            .withAddresses("fd01::1")
            .endEndpoint()
            .build(),
        slice("names")
            .withAddressType("FQDN")
            .addNewEndpoint()
            .withAddresses("example.org")
            .endEndpoint()
            .build(),
        slice("of-nothing").editMetadata().withLabels(null).endMetadata().build(),
        slice("headless")
            .editMetadata()
            .addToLabels("service.kubernetes.io/headless", "")
            .endMetadata()
            .build());
  }
}
