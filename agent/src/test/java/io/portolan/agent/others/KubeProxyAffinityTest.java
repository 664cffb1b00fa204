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
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
  private static final int TCP = 80;
  private static final int UDP = 81;
  private static final ServiceName STICKY = new ServiceName("default", "sticky");

  private static ApiServer server;
  private static Path kubeconfig;

  @TempDir private Path folder;

  private Testbed bed;
  private Relay relay;

  /** A client of a Service port. */
  private record Client(int number, boolean v6, int port) {
    String source() {
      return (v6 ? "fd50::1:" : "192.168.50.") + (10 + number);
    }

    String target() {
      return serviceIp(v6);
    }
  }

  private static String serviceIp(boolean v6) {
    return v6 ? "fd96::64" : "10.0.0.100";
  }

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
    var lines = new ArrayList<String>();
    for (Client each : clients(0, 20)) {
      if (each.port() == TCP) {
        lines.add("addr add " + each.source() + (each.v6() ? "/64" : "/24") + " dev eth0");
      }
    }
    bed.client().ip(lines.stream().map(l -> l.contains("::") ? l + " nodad" : l).toList());
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
  void thereAndBack(String mode, String backend, IptablesBackend ours) throws Exception {
    var seen = new TreeMap<String, String>();
    List<Client> first = clients(0, 10);
    List<Client> late = clients(10, 20);
    try (var loop =
        bed.node()
            .call(() -> new Takeovers(NODE, ours, new OtherProxies(port -> false)))) {
      loop.offer(changes());
      try (var proxy = KubeProxyProcess.start(bed.node(), kubeconfig, mode, backend, folder)) {
        awaitService(proxy);
        seen.putAll(ask(first));
        assertThat(new TreeSet<>(seen.values())).as("the Pods that answer").hasSize(PODS);
        assertThat(ask(first)).as("kube-proxy itself").isEqualTo(seen);
        loop.takeOver();
        loop.await(Phase.TAKING_OVER);
        assertThat(ask(first)).as("both serve").isEqualTo(seen);
      }
      loop.await(Phase.SYNCED);
      assertThat(ask(first)).as("ours serves alone").isEqualTo(seen);
      seen.putAll(ask(late));
      loop.giveBack();
      try (var proxy = KubeProxyProcess.start(bed.node(), kubeconfig, mode, backend, folder)) {
        loop.await(Phase.GIVEN_BACK);
        assertThat(bed.node().exec("nft", "list", "tables")).doesNotContain("portolan");
        assertThat(ask(clients(0, 20))).as("kube-proxy serves alone").isEqualTo(seen);
        assertThat(proxy.alive()).as(proxy.log()).isTrue();
      }
    }
  }

  private static List<Client> clients(int from, int to) {
    return IntStream.range(from, to)
        .boxed()
        .flatMap(
            n ->
                Stream.of(
                    new Client(n, false, TCP),
                    new Client(n, true, TCP),
                    new Client(n, false, UDP),
                    new Client(n, true, UDP)))
        .toList();
  }

  private void awaitService(KubeProxyProcess proxy) {
    Eventually.holds(
        SOON,
        () -> {
          assertThat(proxy.alive()).as(proxy.log()).isTrue();
          // The address of the client's own: those of the test are not to be remembered yet.
          for (boolean v6 : List.of(false, true)) {
            String source = v6 ? "fd50::2" : "192.168.50.2";
            assertThat(tcp(source, serviceIp(v6))).as(proxy.log()).startsWith("pod");
            assertThat(udp(source, serviceIp(v6))).as(proxy.log()).startsWith("pod");
          }
        });
  }

  /** The Pod that answers each client. */
  private Map<String, String> ask(List<Client> clients) {
    var answers = new TreeMap<String, String>();
    for (Client each : clients) {
      String answer;
      try {
        answer =
            each.port() == TCP
                ? tcp(each.source(), each.target())
                : udp(each.source(), each.target());
      } catch (AssertionError e) {
        answer = e.toString();
      }
      answers.put(each.toString(), answer);
    }
    return answers;
  }

  private String tcp(String source, String target) {
    return bed.client()
        .call(
            () -> {
              try (var socket = new Socket()) {
                socket.bind(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
                socket.setSoTimeout(3_000);
                socket.connect(new InetSocketAddress(InetAddress.ofLiteral(target), TCP), 3_000);
                return pod(socket.getInputStream().readAllBytes());
              }
            });
  }

  private String udp(String source, String target) {
    return bed.client()
        .call(
            () -> {
              try (var socket =
                  new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(source), 0))) {
                socket.setSoTimeout(3_000);
                socket.connect(new InetSocketAddress(InetAddress.ofLiteral(target), UDP));
                socket.send(new DatagramPacket(new byte[] {1}, 1));
                var answer = new DatagramPacket(new byte[200], 200);
                socket.receive(answer);
                return pod(java.util.Arrays.copyOf(answer.getData(), answer.getLength()));
              }
            });
  }

  /** The name alone: the address that the Pod sees depends on who masquerades. */
  private static String pod(byte[] answer) {
    return new String(answer, StandardCharsets.UTF_8).split(" ")[0];
  }

  private static List<Change> changes() {
    var changes = new ArrayList<Change>();
    changes.add(
        new Change.OfService(
            STICKY,
            new Service(
                STICKY,
                List.of(Ip.parse(serviceIp(false)), Ip.parse(serviceIp(true))),
                List.of(
                    new ServicePort("tcp", Protocol.TCP, TCP, 0),
                    new ServicePort("udp", Protocol.UDP, UDP, 0)),
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
                          ip -> new SliceEndpoint(ip, true, true, false, NODE, List.of(), List.of()))
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
                .withClusterIP(serviceIp(false))
                .withClusterIPs(serviceIp(false), serviceIp(true))
                .withIpFamilyPolicy("RequireDualStack")
                .withSessionAffinity("ClientIP")
                .addNewPort()
                .withName("tcp")
                .withPort(TCP)
                .endPort()
                .addNewPort()
                .withName("udp")
                .withProtocol("UDP")
                .withPort(UDP)
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
