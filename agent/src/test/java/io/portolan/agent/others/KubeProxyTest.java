package io.portolan.agent.others;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.agent.Eventually;
import io.portolan.agent.Relay;
import io.portolan.agent.health.StandInPorts;
import io.portolan.agent.health.Verdict;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.others.OtherProxy.Kind;
import io.portolan.api.testing.ApiServer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real kube-proxy on a real API server, in a namespace with other people's rules. */
@DisplayName("The real kube-proxy")
@Timeout(240)
class KubeProxyTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private static ApiServer server;
  private static Path kubeconfig;

  @TempDir private Path folder;

  private NetworkNamespace node;
  private ForeignRules neighbours;
  private Relay relay;

  @BeforeAll
  static void startServer() throws Exception {
    server = ApiServer.start();
    kubeconfig =
        Files.writeString(server.folder().resolve("proxy.kubeconfig"), server.kubeconfig());
    objects(server.client());
  }

  @AfterAll
  static void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void open() {
    node = NetworkNamespace.create("kubeproxy");
    node.ip(
        List.of(
            "link add eth0 type veth peer name peer0",
            "link set eth0 up",
            "link set peer0 up",
            "addr add 192.168.0.5/24 dev eth0",
            "addr add fd00::5/64 dev eth0 nodad"));
    relay = new Relay(node, URI.create(server.config().getMasterUrl()).getPort());
    neighbours = new ForeignRules(node, folder);
    neighbours.settle();
  }

  @AfterEach
  void close() throws Exception {
    relay.close();
    node.close();
  }

  @ParameterizedTest(name = "{0} with iptables-{1}")
  @CsvSource({"nftables, nft", "iptables, legacy", "iptables, nft"})
  @DisplayName("is seen running and serving; then its rules; then nothing is left, and others' are")
  void lifeAndEnd(String mode, String backend) throws Exception {
    Map<String, String> before = neighbours.state();
    try (var proxy = KubeProxyProcess.start(node, kubeconfig, mode, backend, folder)) {
      awaitRules(proxy, mode, backend);
      assertThat(look())
          .singleElement()
          .satisfies(
              found -> {
                assertThat(found.kind()).isEqualTo(Kind.KUBE_PROXY);
                assertThat(found.running()).isTrue();
                assertThat(found.serves()).isTrue();
                assertThat(found.evidence())
                    .hasSizeLessThanOrEqualTo(16)
                    .contains(
                        "listens on 127.0.0.1:10249",
                        "answers /proxyMode with " + mode,
                        mode.equals("nftables")
                            ? "table ip kube-proxy"
                            : "chain KUBE-SERVICES in iptables-" + backend + " (nat, IPv4)")
                    .anyMatch(line -> line.startsWith("process kube-proxy ("))
                    .anyMatch(line -> line.matches("listens on .*:10256"));
              });
    }
    assertThat(look())
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.kind()).isEqualTo(Kind.KUBE_PROXY);
              assertThat(found.running()).isFalse();
              assertThat(found.serves()).isTrue();
            });
    remove();
    assertThat(look()).isEmpty();
    assertThat(withoutKubeletFirewall()).isEqualTo(before);
    remove(); // Again, where there is nothing to do.
  }

  @Test
  @DisplayName("rules of all of its modes, left by switches between them, go at once")
  void switches() throws Exception {
    Map<String, String> before = neighbours.state();
    for (String backend : ForeignRules.BACKENDS) {
      try (var proxy = KubeProxyProcess.start(node, kubeconfig, "iptables", backend, folder)) {
        awaitRules(proxy, "iptables", backend);
      }
    }
    // Mode nftables would clean up what its own iptables shows; the tables of a crash stay.
    node.exec("nft", "add", "table", "ip", "kube-proxy");
    node.exec("nft", "add", "table", "ip6", "kube-proxy");
    node.exec(
        "nft",
        "add chain ip6 kube-proxy nat-prerouting { type nat hook prerouting priority dstnat ; }");
    assertThat(look().getFirst().evidence())
        .contains(
            "table ip kube-proxy",
            "table ip6 kube-proxy",
            "chain KUBE-SERVICES in iptables-legacy (nat, IPv4)",
            "chain KUBE-SERVICES in iptables-nft (nat, IPv4)");
    remove();
    assertThat(look()).isEmpty();
    assertThat(withoutKubeletFirewall()).isEqualTo(before);
  }

  @Test
  @DisplayName("our own ports, by number or by name, are not taken for kube-proxy's")
  void ourPorts() throws Exception {
    try (var ports = node.call(KubeProxyTest::standIns)) {
      assertThat(ports.holds(10256)).isTrue();
      assertThat(ports.holds(10249)).isTrue();
      assertThat(look()).isEmpty();
    }
  }

  private static StandInPorts standIns() {
    var well = new Verdict(true, "", null, true);
    var ports = new StandInPorts(10456, () -> well, () -> well, () -> "nftables", () -> "");
    ports.serve(true);
    return ports;
  }

  /** Waits until the Services are in the kernel, and both ports answer. */
  private void awaitRules(KubeProxyProcess proxy, String mode, String backend) {
    Eventually.holds(
        SOON,
        () -> {
          assertThat(proxy.alive()).as(proxy.log()).isTrue();
          String v4 =
              mode.equals("nftables")
                  ? node.exec("nft", "list", "table", "ip", "kube-proxy")
                  : node.exec("iptables-" + backend + "-save");
          String v6 =
              mode.equals("nftables")
                  ? node.exec("nft", "list", "table", "ip6", "kube-proxy")
                  : node.exec("ip6tables-" + backend + "-save");
          assertThat(v4).as(proxy.log()).contains("10.1.0.2", "203.0.113.0/24");
          // The API server gives addresses of IPv4 alone; of IPv6 there is what they hang on.
          assertThat(v6)
              .as(proxy.log())
              .contains(mode.equals("nftables") ? "nat-prerouting" : "-A OUTPUT -j KUBE-FIREWALL")
              .contains(mode.equals("nftables") ? "masquerading" : "-A KUBE-SERVICES ");
          assertThat(look().getFirst().evidence())
              .as(proxy.log())
              .contains("answers /proxyMode with " + mode, "answers /healthz");
        });
  }

  /**
   * The state without the chain that kube-proxy makes in mode iptables as kubelet does, and which
   * both leave.
   */
  private Map<String, String> withoutKubeletFirewall() {
    for (String backend : ForeignRules.BACKENDS) {
      for (String program : List.of("iptables-" + backend, "ip6tables-" + backend)) {
        if (node.exec(program, "-S").contains("-N KUBE-FIREWALL\n")) {
          node.exec(program, "-D", "INPUT", "-j", "KUBE-FIREWALL");
          node.exec(program, "-D", "OUTPUT", "-j", "KUBE-FIREWALL");
          node.exec(program, "-F", "KUBE-FIREWALL");
          node.exec(program, "-X", "KUBE-FIREWALL");
        }
      }
    }
    return neighbours.state();
  }

  private List<OtherProxy> look() {
    return node.call(
        () -> {
          return new OtherProxies(port -> false).look();
        });
  }

  private void remove() {
    node.call(
        () -> {
          new OtherProxies(port -> false).removeRulesOfKubeProxy();
          return null;
        });
  }

  private static void objects(KubernetesClient client) {
    var node = new NodeBuilder().withNewMetadata().withName("n0").endMetadata().build();
    client.resource(node).create();
    client
        .resource(node)
        .subresource("status")
        .patch(
            new NodeBuilder(node)
                .withNewStatus()
                .addNewAddress("192.168.0.5", "InternalIP")
                .addNewAddress("fd00::5", "InternalIP")
                .endStatus()
                .build());
    var services = client.services().inNamespace("default");
    services.resource(service("web", "NodePort", "None")).create();
    services.resource(service("sticky", "NodePort", "ClientIP")).create();
    var balanced = services.resource(service("balanced", "LoadBalancer", "ClientIP")).create();
    balanced = services.resource(balanced).get();
    services
        .resource(balanced)
        .editStatus(
            now ->
                new ServiceBuilder(now)
                    .withNewStatus()
                    .withNewLoadBalancer()
                    .addNewIngress()
                    .withIp("198.51.100.7")
                    .withIpMode("VIP")
                    .endIngress()
                    .endLoadBalancer()
                    .endStatus()
                    .build());
    for (String name : List.of("web", "sticky", "balanced")) {
      slice(client, name, "10.1.0.2", "10.1.0.3");
    }
  }

  private static io.fabric8.kubernetes.api.model.Service service(
      String name, String type, String affinity) {
    var spec =
        new ServiceBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withNewSpec()
            .withType(type)
            .withSessionAffinity(affinity)
            .addNewPort()
            .withName("http")
            .withPort(80)
            .endPort();
    if (type.equals("LoadBalancer")) {
      spec.withLoadBalancerSourceRanges("203.0.113.0/24").withExternalTrafficPolicy("Local");
    }
    return spec.endSpec().build();
  }

  private static void slice(KubernetesClient client, String service, String... ips) {
    var builder =
        new EndpointSliceBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName(service + "-1")
            .addToLabels("kubernetes.io/service-name", service)
            .endMetadata()
            .withAddressType("IPv4")
            .addNewPort()
            .withName("http")
            .withPort(8080)
            .withProtocol("TCP")
            .endPort();
    for (String ip : ips) {
      builder
          .addNewEndpoint()
          .withAddresses(ip)
          .withNodeName("n0")
          .withNewConditions()
          .withReady(true)
          .endConditions()
          .endEndpoint();
    }
    client.resource(builder.build()).create();
  }
}
