package io.portolan.agent.others;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portolan.agent.Eventually;
import io.portolan.agent.Relay;
import io.portolan.agent.dataplane.nftables.Testbed;
import io.portolan.agent.plan.OwnNode;
import io.portolan.agent.service.Affinity;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.EndpointSlice;
import io.portolan.agent.service.External;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.Service;
import io.portolan.agent.service.ServiceName;
import io.portolan.agent.service.ServicePort;
import io.portolan.agent.service.SliceEndpoint;
import io.portolan.agent.service.SliceName;
import io.portolan.agent.service.SlicePort;
import io.portolan.agent.service.TrafficPolicy;
import io.portolan.agent.sync.Change;
import io.portolan.agent.sync.SyncState.Phase;
import io.portolan.api.testing.ApiServer;
import io.portolan.api.v1alpha1.IptablesBackend;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real kube-proxy on a real API server, the agent's loop, and packets of both families. */
@DisplayName("From kube-proxy and back, clients with affinity")
@Timeout(240)
class KubeProxyAffinityTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String NODE = "n0";
  private static final int PODS = 4;
  private static final ServiceName STICKY = new ServiceName("default", "sticky");

  private static ApiServer server;
  private static Path kubeconfig;

  @TempDir private Path folder;

  private Testbed bed;
  private StickyClients clients;
  private Relay relay;

  @BeforeAll
  static void startServer() throws Exception {
    server = ApiServer.start("--service-cluster-ip-range=10.0.0.0/24,fd96::/112");
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
    bed = new Testbed(PODS);
    clients = new StickyClients(bed.client(), 30);
    relay = new Relay(bed.node(), URI.create(server.config().getMasterUrl()).getPort());
  }

  @AfterEach
  void close() throws IOException {
    relay.close();
    bed.close();
  }

  @ParameterizedTest(name = "kube-proxy {0} with iptables-{1}, ours: {2}")
  @CsvSource({
    "nftables, nft, AUTO",
    "iptables, nft, AUTO",
    "iptables, legacy, AUTO",
    "iptables, legacy, LEGACY",
    "nftables, nft, NFT"
  })
  @DisplayName("keep their endpoints, there and back")
  @SuppressWarnings("try") // kube-proxy ends before the agent cleans up, and in any case.
  void thereAndBack(String mode, String backend, IptablesBackend ours) throws Exception {
    var seen = new TreeMap<String, String>();
    try (var loop =
        bed.node().call(() -> new Takeovers(NODE, ours, new OtherProxies(port -> false)))) {
      loop.offer(changes());
      try (var proxy = KubeProxyProcess.start(bed.node(), kubeconfig, mode, backend, folder)) {
        awaitService(proxy);
        seen.putAll(clients.ask(0, 10));
        assertThat(new TreeSet<>(seen.values())).as("the Pods that answer").hasSize(PODS);
        assertThat(clients.ask(0, 10)).as("kube-proxy itself").isEqualTo(seen);
        try (var watch = clients.watch(2)) {
          loop.takeOver();
          loop.await(Phase.TAKING_OVER);
          assertThat(clients.ask(0, 10)).as("both serve").isEqualTo(seen);
          seen.putAll(clients.ask(10, 20));
          proxy.close();
          loop.await(Phase.SYNCED);
          watch.faithful("on the way there");
        }
      }
      assertThat(clients.ask(0, 20)).as("ours serves alone").isEqualTo(seen);
      seen.putAll(clients.ask(20, 30));
      loop.giveBack();
      // Mode iptables may be asked after a kube-proxy that comes back: who connects again in the
      // quarter of a second until that one knows our clients may move.
      int asking = ours == IptablesBackend.AUTO ? 2 : 0;
      try (var proxy = KubeProxyProcess.start(bed.node(), kubeconfig, mode, backend, folder);
          var watch = clients.watch(asking)) {
        loop.await(Phase.GIVEN_BACK);
        assertThat(bed.node().exec("nft", "list", "tables")).doesNotContain("portolan");
        assertThat(clients.ask(0, 30)).as("kube-proxy serves alone").isEqualTo(seen);
        watch.faithful("on the way back");
        assertThat(proxy.alive()).as(proxy.log()).isTrue();
      }
    }
  }

  private void awaitService(KubeProxyProcess proxy) {
    Eventually.holds(
        SOON,
        () -> {
          assertThat(proxy.alive()).as(proxy.log()).isTrue();
          assertThat(clients.others()).as(proxy.log()).allMatch(pod -> pod.startsWith("pod"));
        });
  }

  private static List<Change> changes() {
    var changes = new ArrayList<Change>();
    changes.add(
        new Change.OfService(
            STICKY,
            new Service(
                STICKY,
                List.of(
                    Ip.parse(StickyClients.serviceIp(false)),
                    Ip.parse(StickyClients.serviceIp(true))),
                List.of(
                    new ServicePort("tcp", Protocol.TCP, StickyClients.TCP, 0),
                    new ServicePort("udp", Protocol.UDP, StickyClients.UDP, 0)),
                TrafficPolicy.CLUSTER,
                External.NONE,
                new Affinity.Timed(10_800))));
    for (boolean v6 : List.of(false, true)) {
      var name = new SliceName(STICKY.namespace(), "sticky-" + (v6 ? 6 : 4));
      changes.add(
          new Change.OfSlice(
              name,
              new EndpointSlice(
                  name,
                  STICKY,
                  v6 ? IpFamily.IPV6 : IpFamily.IPV4,
                  List.of(
                      new SlicePort("tcp", Protocol.TCP, Testbed.PORT),
                      new SlicePort("udp", Protocol.UDP, Testbed.PORT)),
                  IntStream.rangeClosed(1, PODS)
                      .mapToObj(pod -> Ip.parse(Testbed.podIp(pod, v6)))
                      .map(
                          ip ->
                              new SliceEndpoint(ip, true, true, false, NODE, List.of(), List.of()))
                      .toList()),
              null));
    }
    changes.add(
        new Change.OfNode(
            new OwnNode(
                List.of(Ip.parse("192.168.50.1"), Ip.parse("fd50::1")),
                List.of(Cidr.parse("10.244.0.0/24"), Cidr.parse("fd44::/64")),
                "",
                false)));
    for (Change.Source source : Change.Source.values()) {
      changes.add(new Change.Listed(source));
    }
    return changes;
  }

  private static void objects(KubernetesClient client) {
    var node = new NodeBuilder().withNewMetadata().withName(NODE).endMetadata().build();
    client.resource(node).create();
    client
        .resource(node)
        .subresource("status")
        .patch(
            new NodeBuilder(node)
                .withNewStatus()
                .addNewAddress("192.168.50.1", "InternalIP")
                .addNewAddress("fd50::1", "InternalIP")
                .endStatus()
                .build());
    client
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withName(STICKY.name())
                .withNamespace(STICKY.namespace())
                .endMetadata()
                .withNewSpec()
                .withClusterIP(StickyClients.serviceIp(false))
                .withClusterIPs(StickyClients.serviceIp(false), StickyClients.serviceIp(true))
                .withIpFamilyPolicy("RequireDualStack")
                .withSessionAffinity("ClientIP")
                .addNewPort()
                .withName("tcp")
                .withPort(StickyClients.TCP)
                .endPort()
                .addNewPort()
                .withName("udp")
                .withProtocol("UDP")
                .withPort(StickyClients.UDP)
                .endPort()
                .endSpec()
                .build())
        .create();
    for (boolean v6 : List.of(false, true)) {
      var slice =
          new EndpointSliceBuilder()
              .withNewMetadata()
              .withNamespace(STICKY.namespace())
              .withName("sticky-" + (v6 ? 6 : 4))
              .addToLabels("kubernetes.io/service-name", STICKY.name())
              .endMetadata()
              .withAddressType(v6 ? "IPv6" : "IPv4");
      for (Protocol each : List.of(Protocol.TCP, Protocol.UDP)) {
        slice
            .addNewPort()
            .withName(each == Protocol.TCP ? "tcp" : "udp")
            .withPort(Testbed.PORT)
            .withProtocol(each.name())
            .endPort();
      }
      for (int pod = 1; pod <= PODS; pod++) {
        slice
            .addNewEndpoint()
            .withAddresses(Testbed.podIp(pod, v6))
            .withNodeName(NODE)
            .withNewConditions()
            .withReady(true)
            .endConditions()
            .endEndpoint();
      }
      client.resource(slice.build()).create();
    }
  }
}
