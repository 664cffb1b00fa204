package io.portolan.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.agent.Eventually;
import io.portolan.agent.dataplane.Doors;
import io.portolan.agent.dataplane.nftables.NftablesDataplane;
import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.Endpoint;
import io.portolan.agent.plan.Frontend;
import io.portolan.agent.plan.NodeFacts;
import io.portolan.agent.plan.Plan;
import io.portolan.agent.plan.PortKey;
import io.portolan.agent.plan.PortPlan;
import io.portolan.agent.plan.Samples;
import io.portolan.agent.service.Cidr;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import io.portolan.agent.service.Protocol;
import io.portolan.agent.service.ServiceName;
import io.portolan.api.v1alpha1.NodeProbes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * The node of the prober, and another one:
 *
 * <pre>
 * node 192.168.60.1, fd60::1 -- eth0 -- 192.168.60.2, fd60::2 other
 * </pre>
 *
 * Both listen on the target port of the probe Service. The other node knows no route beyond that
 * wire; ours filters by reverse path.
 */
final class ProbeBed implements AutoCloseable {
  static final ServiceName SERVICE = new ServiceName("portolan-system", "portolan-probe");
  static final int TARGET_PORT = 10256;

  private static final List<Ip> OWN = List.of(Ip.parse("192.168.60.1"), Ip.parse("fd60::1"));

  /** Settings by which the Pod path is answered. */
  static final NodeFacts GOOD = facts("10.244.0.0/16", "fd44::/64");

  /** Settings that take everyone for a Pod, so that nothing is masqueraded. */
  static final NodeFacts CUT = facts("0.0.0.0/0", "::/0");

  private final NetworkNamespace node = NetworkNamespace.create("node");
  private final NetworkNamespace other = NetworkNamespace.create("other");
  private final List<AutoCloseable> open = new ArrayList<>();
  private final NftablesDataplane dataplane;
  private final List<NodeProbes> found = new CopyOnWriteArrayList<>();
  private final List<Map.Entry<Route, Outcome>> probed = new CopyOnWriteArrayList<>();

  ProbeBed() {
    try {
      node.exec("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
      node.exec(
          "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf.default.rp_filter=1");
      node.exec(
          "ip",
          "link",
          "add",
          "eth0",
          "type",
          "veth",
          "peer",
          "name",
          "eth0",
          "netns",
          other.name());
      address(node, "192.168.60.1/24", "fd60::1/64");
      address(other, "192.168.60.2/24", "fd60::2/64");
      node.exec("ip", "route", "add", "default", "via", "192.168.60.2");
      node.exec("ip", "-6", "route", "add", "default", "via", "fd60::2");
      listen(node);
      listen(other);
      // Both wires begin to carry a moment after they are up.
      var peers =
          List.of(
              new Connections.Peer(Ip.parse("192.168.60.2"), TARGET_PORT),
              new Connections.Peer(Ip.parse("fd60::2"), TARGET_PORT));
      node.call(
          () -> {
            Eventually.holds(
                Duration.ofSeconds(20),
                () ->
                    assertThat(Connections.attempt(peers, Duration.ofSeconds(1)))
                        .doesNotContain(Connections.NONE));
            return true;
          });
      dataplane = node.call(NftablesDataplane::open);
      open.add(dataplane);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  NetworkNamespace node() {
    return node;
  }

  /** What the status was told, in order. */
  List<NodeProbes> found() {
    return found;
  }

  /** The last of it. */
  NodeProbes last() {
    return found.getLast();
  }

  /** How connections went, in order. */
  List<Map.Entry<Route, Outcome>> probed() {
    return probed;
  }

  /** Closes it at the end, before the namespaces go. */
  <T extends AutoCloseable> T closing(T closeable) {
    open.add(closeable);
    return closeable;
  }

  Prober start() {
    var prober =
        new Prober(
            SERVICE,
            new ProbeObserver() {
              @Override
              public void probed(Route route, Outcome outcome) {
                probed.add(Map.entry(route, outcome));
              }

              @Override
              public void found(NodeProbes probes) {
                found.add(probes);
              }
            });
    node.call(
        () -> {
          prober.start();
          return true;
        });
    return closing(prober);
  }

  /** Puts the plan of a revision into the kernel, then tells the prober, as the sync loop does. */
  void program(Prober prober, String revision, NodeFacts facts, String... endpointsOfHosts) {
    Map<PortKey, PortPlan> ports = ports(endpointsOfHosts);
    node.call(() -> dataplane.replace(new Plan(facts, ports), Doors.OPEN));
    prober.programmed(revision, facts, ports::get);
  }

  /** The probe Service with endpoints on the hosts with these numbers on the wire. */
  static Map<PortKey, PortPlan> ports(String... hosts) {
    var ports = new TreeMap<PortKey, PortPlan>();
    for (IpFamily family : IpFamily.values()) {
      boolean v4 = family == IpFamily.IPV4;
      var key =
          new PortKey(SERVICE.namespace(), SERVICE.name(), Assignment.PORT, Protocol.TCP, family);
      List<Endpoint> endpoints =
          Stream.of(hosts)
              .map(host -> Ip.parse((v4 ? "192.168.60." : "fd60::") + host))
              .map(ip -> new Endpoint(ip, TARGET_PORT, OWN.contains(ip)))
              .sorted()
              .toList();
      Ip clusterIp = Ip.parse(v4 ? "10.96.0.99" : "fd96::99");
      ports.put(
          key, Samples.port(key, List.of(new Frontend.ClusterIp(clusterIp, 80)), endpoints, 0));
    }
    return Map.copyOf(ports);
  }

  private static NodeFacts facts(String v4, String v6) {
    return Samples.facts(OWN, List.of(Cidr.parse(v4), Cidr.parse(v6)), false);
  }

  private static void address(NetworkNamespace in, String v4, String v6) {
    in.exec("ip", "address", "add", v4, "dev", "eth0");
    in.exec("ip", "address", "add", v6, "dev", "eth0", "nodad");
    in.exec("ip", "link", "set", "eth0", "up");
  }

  private void listen(NetworkNamespace in) {
    ServerSocketChannel server =
        closing(
            in.call(
                () -> ServerSocketChannel.open().bind(new InetSocketAddress(TARGET_PORT), 200)));
    in.start(() -> serve(server));
  }

  private static void serve(ServerSocketChannel server) {
    try {
      while (true) {
        server.accept().close();
      }
    } catch (IOException e) {
      // The bed is closed.
    }
  }

  @Override
  public void close() {
    for (AutoCloseable each : open.reversed()) {
      try {
        each.close();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
    node.close();
    other.close();
  }
}
