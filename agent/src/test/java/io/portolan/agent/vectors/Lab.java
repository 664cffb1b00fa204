package io.portolan.agent.vectors;

import io.portolan.agent.kernel.NetworkNamespace;
import io.portolan.agent.plan.PodSources;
import io.portolan.agent.service.Ip;
import io.portolan.agent.service.IpFamily;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces of one case:
 *
 * <pre>
 * clients --.            .-- outside (where the default route leads; nobody answers there)
 *            >-- node --<
 * senders that are endpoints, one namespace each     endpoints
 * </pre>
 *
 * <p>Peers have no network with the node in common: each address has a route of its own, and
 * neighbours are told beforehand, so that no packet ever waits for ARP. Where Pods are told by
 * interfaces, senders that are Pods stand behind such interfaces, the others do not.
 */
final class Lab implements AutoCloseable {
  private static final String GATEWAY_V4 = "169.254.1.1";
  private static final String GATEWAY_V6 = "fe80::1";
  private static final String UPLINK = "uplink0";
  private static final String NODE_MAC = "02:00:00:00:00:01";

  /** A namespace beside the node, and the node's interface towards it. */
  private record Peer(NetworkNamespace namespace, String device, String mac) {}

  private final NodeConfig config;
  private final Set<Ip> pods;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final Map<String, Peer> peers = new LinkedHashMap<>();
  private final Map<Ip, Peer> homes = new LinkedHashMap<>();
  private final Set<Ip> nodeIps = new LinkedHashSet<>();
  private final NetworkNamespace node;

  /**
   * @param config how Pods are told
   * @param clients every sender that is not the node
   * @param endpoints every address of an endpoint that is not the node's
   * @param pods those of both that are Pods
   */
  Lab(NodeConfig config, Set<Ip> clients, Set<Ip> endpoints, Set<Ip> pods) {
    this.config = config;
    this.pods = pods;
    node = add(NetworkNamespace.create("node"));
    try {
      node.call(
          () -> {
            set("ipv4/ip_forward", "1");
            set("ipv6/conf/all/forwarding", "1");
            for (String scope : List.of("all", "default")) {
              set("ipv4/conf/" + scope + "/rp_filter", "0");
              set("ipv4/conf/" + scope + "/send_redirects", "0");
              set("ipv6/conf/" + scope + "/accept_dad", "0");
            }
            // Each refusal has to be told, however many there are in a second.
            set("ipv4/icmp_ratelimit", "0");
            set("ipv6/icmp/ratelimit", "0");
            // A server on the node may open before a step gives the node its address.
            set("ipv4/ip_nonlocal_bind", "1");
            set("ipv6/ip_nonlocal_bind", "1");
            return true;
          });
      if (config.pods() instanceof PodSources.Interfaces some && !some.prefix()) {
        node.ip(
            List.of(
                "link add " + some.name() + " address " + NODE_MAC + " type bridge",
                "link set " + some.name() + " up"));
      }
      Peer outside = peer("outside", false);
      node.ip(
          List.of(
              "neigh add 169.254.1.2 lladdr " + outside.mac() + " dev " + UPLINK,
              "neigh add fe80::2 lladdr " + outside.mac() + " dev " + UPLINK,
              "route add default via 169.254.1.2 dev " + UPLINK + " onlink",
              "route add default via fe80::2 dev " + UPLINK + " onlink"));
      var both = new LinkedHashSet<>(clients);
      both.retainAll(endpoints);
      both.forEach(ip -> place(ip, "both-" + homes.size()));
      endpoints.forEach(ip -> place(ip, "endpoints"));
      clients.forEach(ip -> place(ip, pods.contains(ip) ? "pods" : "clients"));
      settle();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  NetworkNamespace node() {
    return node;
  }

  /** Where a packet from that address starts; null: from the node. */
  @Nullable NetworkNamespace peer(Ip ip) {
    Peer home = homes.get(ip);
    return home == null ? null : home.namespace();
  }

  /** Gives more addresses to the peer that has this one. */
  void join(Ip ip, List<Ip> more) {
    Peer home = homes.get(ip);
    if (home == null) {
      throw new IllegalArgumentException(ip + " is of no peer");
    }
    more.forEach(m -> homes.put(m, home));
    wire(home, more);
  }

  /** Gives the node these addresses, and no others. */
  void nodeIps(List<Ip> now) {
    var lines = new ArrayList<String>();
    for (Ip ip : nodeIps) {
      if (!now.contains(ip)) {
        lines.add("address del " + full(ip) + " dev " + UPLINK);
      }
    }
    for (Ip ip : now) {
      if (!nodeIps.contains(ip)) {
        lines.add("address add " + full(ip) + " dev " + UPLINK + nodad(ip));
      }
    }
    nodeIps.clear();
    nodeIps.addAll(now);
    if (!lines.isEmpty()) {
      node.ip(lines);
    }
  }

  /** Whether the node has it, or it is a loopback address. */
  boolean own(Ip ip) {
    return Model.loopback(ip) || nodeIps.contains(ip);
  }

  private void place(Ip ip, String group) {
    if (!homes.containsKey(ip)) {
      homes.put(ip, peer(group, pods.contains(ip)));
    }
  }

  private void settle() {
    for (Peer peer : peers.values()) {
      wire(
          peer,
          homes.entrySet().stream()
              .filter(e -> e.getValue().equals(peer))
              .map(Map.Entry::getKey)
              .toList());
    }
  }

  private void wire(Peer peer, List<Ip> addresses) {
    if (addresses.isEmpty()) {
      return;
    }
    var there = new ArrayList<String>();
    var here = new ArrayList<String>();
    String device = bridged(peer) ? config.podInterface(0) : peer.device();
    for (Ip ip : addresses) {
      there.add("address add " + full(ip) + " dev eth0" + nodad(ip));
      here.add("neigh add " + ip + " lladdr " + peer.mac() + " dev " + device);
      here.add("route add " + full(ip) + " dev " + device);
    }
    peer.namespace().ip(there);
    node.ip(here);
  }

  private boolean bridged(Peer peer) {
    return peer.device().startsWith("port");
  }

  private Peer peer(String group, boolean pod) {
    Peer known = peers.get(group);
    if (known != null) {
      return known;
    }
    int number = peers.size() + 1;
    String mac = "02:00:00:00:01:%02x".formatted(number);
    boolean told = pod && config.pods() instanceof PodSources.Interfaces;
    boolean bridge = told && config.pods() instanceof PodSources.Interfaces some && !some.prefix();
    String device =
        group.equals("outside")
            ? UPLINK
            : bridge ? "port" + number : told ? config.podInterface(number) : "peer" + number;
    NetworkNamespace namespace = add(NetworkNamespace.create(group));
    namespace.call(
        () -> {
          set("ipv6/conf/default/accept_dad", "0");
          set("ipv6/conf/default/accept_redirects", "0");
          return true;
        });
    var lines = new ArrayList<String>();
    lines.add(
        "link add %s address %s type veth peer name eth0 address %s netns %s"
            .formatted(
                device,
                bridge ? "02:00:00:00:02:%02x".formatted(number) : NODE_MAC,
                mac,
                namespace.name()));
    if (bridge) {
      lines.add("link set " + device + " master " + config.podInterface(0));
    }
    lines.add("link set " + device + " up");
    node.ip(lines);
    namespace.ip(
        List.of(
            "link set eth0 up",
            "neigh add " + GATEWAY_V4 + " lladdr " + NODE_MAC + " dev eth0",
            "neigh add " + GATEWAY_V6 + " lladdr " + NODE_MAC + " dev eth0",
            "route add default via " + GATEWAY_V4 + " dev eth0 onlink",
            "route add default via " + GATEWAY_V6 + " dev eth0 onlink"));
    var peer = new Peer(namespace, device, mac);
    peers.put(group, peer);
    return peer;
  }

  private static boolean v6(Ip ip) {
    return ip.family() == IpFamily.IPV6;
  }

  private static String full(Ip ip) {
    return ip + (v6(ip) ? "/128" : "/32");
  }

  private static String nodad(Ip ip) {
    return v6(ip) ? " nodad" : "";
  }

  /** Sets something of the calling thread's namespace. */
  private static void set(String name, String value) {
    try {
      Files.writeString(Path.of("/proc/sys/net", name), value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private NetworkNamespace add(NetworkNamespace namespace) {
    open.add(namespace);
    return namespace;
  }

  @Override
  public void close() {
    AssertionError failed = null;
    for (AutoCloseable each : open.reversed()) {
      try {
        each.close();
      } catch (AssertionError e) {
        failed = e;
      } catch (Exception e) {
        failed = new AssertionError(e);
      }
    }
    open.clear();
    if (failed != null) {
      throw failed;
    }
  }
}
